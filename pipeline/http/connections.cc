#include "pipeline/http/connections.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace sluice::http {

using std::chrono::steady_clock;

namespace {

constexpr std::string_view kEnd = "\r\n\r\n";  // Of a head.

}  // namespace

Connections::Connections(Options options, Answer answer)
    : options_(std::move(options)),
      answer_(std::move(answer)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  threads_.emplace_back([this] { ReadAll(); });
  threads_.emplace_back([this] { Work(/*probes_alone=*/true); });
  for (size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { Work(/*probes_alone=*/false); });
  }
}

Connections::~Connections() {
  Stop();
  close(wake_);
}

void Connections::Add(std::unique_ptr<Transport> transport) {
  {
    const absl::MutexLock lock(&mutex_);
    accepted_.push_back(std::move(transport));
  }
  eventfd_write(wake_, 1);
}

void Connections::Stop() {
  {
    const absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  eventfd_write(wake_, 1);
  threads_.clear();  // Joins.
}

void Connections::ReadAll() {
  std::vector<Connection> reading;  // The oldest first.
  std::vector<Connection> leaving;  // So too.
  const auto take = [](auto& from, auto& into, steady_clock::time_point deadline) {
    for (std::unique_ptr<Transport>& transport : from) {
      into.push_back({.transport = std::move(transport), .deadline = deadline});
    }
    from.clear();
  };
  for (bool stopping = false; !stopping;) {
    AwaitBytes(reading, leaving);
    const auto now = steady_clock::now();
    {
      const absl::MutexLock lock(&mutex_);
      stopping = stopping_;
      take(accepted_, reading, now + absl::ToChronoMilliseconds(options_.head_time_max));
      take(answered_, leaving, now + absl::ToChronoMilliseconds(options_.leave_time_max));
    }
    std::erase_if(reading, [&](Connection& connection) {
      const Progress progress = Read(connection);
      if (progress == Progress::kReading && connection.deadline > now && !stopping) return false;
      if (progress == Progress::kWhole) HandOn(std::move(connection));
      return true;
    });
    std::erase_if(leaving, [&](Connection& connection) {
      return connection.deadline <= now || IsOver(connection);
    });
    Bound(reading, leaving);
  }
  const absl::MutexLock lock(&mutex_);
  read_ = true;
}

void Connections::AwaitBytes(const std::vector<Connection>& reading,
                             const std::vector<Connection>& leaving) const {
  std::vector<pollfd> polled = {{.fd = wake_, .events = POLLIN, .revents = 0}};
  auto deadline = steady_clock::time_point::max();
  for (const std::vector<Connection>* connections : {&reading, &leaving}) {
    for (const Connection& connection : *connections) {
      polled.push_back(
          {.fd = connection.transport->socket(), .events = connection.wait_for, .revents = 0});
      deadline = std::min(deadline, connection.deadline);
    }
  }
  int timeout = -1;
  if (polled.size() > 1) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    timeout = std::max(static_cast<int>(left.count()), 0);
  }
  poll(polled.data(), polled.size(), timeout);
  eventfd_t ignored = 0;
  eventfd_read(wake_, &ignored);
}

Connections::Progress Connections::Read(Connection& connection) const {
  std::array<char, 4096> buffer;
  while (connection.head.size() < options_.head_bytes_max) {
    const auto [got, wait_for] = connection.transport->Receive(buffer.data(), buffer.size());
    if (wait_for != 0) {
      connection.wait_for = wait_for;
      return Progress::kReading;
    }
    if (got <= 0) return Progress::kOver;
    const size_t before = connection.head.size();
    connection.head.append(buffer.data(), static_cast<size_t>(got));
    if (connection.head.find(kEnd, before - std::min(before, kEnd.size())) != std::string::npos) {
      return Progress::kWhole;
    }
  }
  return Progress::kWhole;  // As far as it is of interest: its answer is an error.
}

// Once a turn, so that a client that sends much holds no other up.
bool Connections::IsOver(Connection& leaving) const {
  const size_t left = options_.leave_bytes_max - leaving.discarded_bytes;
  const auto [got, wait_for] = leaving.transport->Discard(left);
  if (wait_for != 0) return false;
  if (got > 0) leaving.discarded_bytes += static_cast<size_t>(got);
  return got <= 0 || leaving.discarded_bytes >= options_.leave_bytes_max;
}

bool Connections::IsProbe(std::string_view head) const {
  const size_t path = head.find(' ') + 1;  // 0: there is none.
  if (path == 0) return false;
  return options_.probes.contains(head.substr(path, head.find_first_of(" ?\r", path) - path));
}

void Connections::HandOn(Connection connection) {
  const bool probe = IsProbe(connection.head);
  const absl::MutexLock lock(&mutex_);
  (probe ? probes_ : waiting_).push_back(std::move(connection));
}

void Connections::Bound(std::vector<Connection>& reading, std::vector<Connection>& leaving) {
  const absl::MutexLock lock(&mutex_);
  size_t count = leaving.size() + reading.size() + waiting_.size() + probes_.size();
  const auto close_oldest = [&](auto& from) {
    while (count > options_.connections_max && !from.empty()) {
      from.erase(from.begin());
      --count;
    }
  };
  close_oldest(leaving);
  close_oldest(reading);
  close_oldest(waiting_);
  close_oldest(probes_);
}

void Connections::Work(bool probes_alone) {
  for (;;) {
    Connection connection;
    {
      const absl::MutexLock lock(&mutex_);
      const auto due = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return !probes_.empty() || (!probes_alone && !waiting_.empty()) || read_;
      };
      mutex_.Await(absl::Condition(&due));
      std::deque<Connection>& from = !probes_.empty() || probes_alone ? probes_ : waiting_;
      if (from.empty()) return;
      connection = std::move(from.front());
      from.pop_front();
    }
    answer_(*connection.transport, connection.head);
    Leave(std::move(connection.transport));
  }
}

void Connections::Leave(std::unique_ptr<Transport> transport) {
  transport->End();
  {
    const absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    answered_.push_back(std::move(transport));
  }
  eventfd_write(wake_, 1);
}

}  // namespace sluice::http
