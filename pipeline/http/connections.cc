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
  threads_.emplace_back([this] { ReadHeads(); });
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

void Connections::ReadHeads() {
  std::vector<Connection> reading;  // The oldest first.
  for (bool stopping = false; !stopping;) {
    AwaitBytes(reading);
    const auto now = steady_clock::now();
    {
      const absl::MutexLock lock(&mutex_);
      stopping = stopping_;
      for (std::unique_ptr<Transport>& transport : accepted_) {
        reading.push_back({.transport = std::move(transport),
                           .deadline = now + absl::ToChronoMilliseconds(options_.head_time_max)});
      }
      accepted_.clear();
    }
    std::erase_if(reading, [&](Connection& connection) {
      const Progress progress = Read(connection);
      if (progress == Progress::kReading && connection.deadline > now && !stopping) return false;
      if (progress == Progress::kWhole) HandOn(std::move(connection));
      return true;
    });
    Bound(reading);
  }
  const absl::MutexLock lock(&mutex_);
  read_ = true;
}

void Connections::AwaitBytes(const std::vector<Connection>& reading) const {
  std::vector<pollfd> polled = {{.fd = wake_, .events = POLLIN, .revents = 0}};
  auto deadline = steady_clock::time_point::max();
  for (const Connection& connection : reading) {
    polled.push_back(
        {.fd = connection.transport->socket(), .events = connection.wait_for, .revents = 0});
    deadline = std::min(deadline, connection.deadline);
  }
  int timeout = -1;
  if (!reading.empty()) {
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

void Connections::Bound(std::vector<Connection>& reading) {
  const absl::MutexLock lock(&mutex_);
  size_t count = reading.size() + waiting_.size() + probes_.size();
  const auto close_oldest = [&](auto& from) {
    while (count > options_.connections_max && !from.empty()) {
      from.erase(from.begin());
      --count;
    }
  };
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
    answer_(*connection.transport, std::move(connection.head));
  }
}

}  // namespace sluice::http
