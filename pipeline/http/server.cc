#include "pipeline/http/server.h"

#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/synchronization/mutex.h"
#include "pipeline/base/listen_address.h"
#include "pipeline/base/strings.h"
#include "pipeline/http/deadline_stream.h"

namespace sluice::http {
namespace {

// httplib's own pool has a queue without a bound; here the accepting thread waits instead.
class BoundedQueue final : public httplib::TaskQueue {
 public:
  BoundedQueue(size_t threads, size_t queue_max) : queue_max_(queue_max) {
    for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
  }

  void enqueue(std::function<void()> task) override {
    absl::MutexLock lock(&mutex_);
    auto room = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return tasks_.size() < queue_max_; };
    mutex_.Await(absl::Condition(&room));
    tasks_.push_back(std::move(task));
  }

  void shutdown() override {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    threads_.clear();  // Joins.
  }

 private:
  void Run() {
    for (;;) {
      std::function<void()> task;
      {
        absl::MutexLock lock(&mutex_);
        auto woken = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
          return !tasks_.empty() || stopping_;
        };
        mutex_.Await(absl::Condition(&woken));
        if (tasks_.empty()) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      task();
    }
  }

  const size_t queue_max_;
  absl::Mutex mutex_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;
};

// httplib's server over connections that end in time.
class BoundedServer final : public httplib::Server {
 public:
  explicit BoundedServer(const DeadlineStream::Limits& limits) : limits_(limits) {}

 private:
  // One connection, one request.
  bool process_and_close_socket(socket_t socket) override {
    DeadlineStream stream(socket, limits_);
    bool closed = false;
    const bool answered = process_request(stream, /*close_connection=*/true, closed, nullptr);
    shutdown(socket, SHUT_RDWR);
    close(socket);
    return answered;
  }

  const DeadlineStream::Limits limits_;
};

Request FromHttplib(const httplib::Request& from) {
  Request request{.path = from.path, .query = {}, .headers = {}};
  for (const auto& [name, value] : from.params) request.query.emplace_back(name, value);
  for (const auto& [name, value] : from.headers) {
    request.headers.emplace(absl::AsciiStrToLower(base::ToAbsl(name)), value);
  }
  return request;
}

void ToHttplib(const Response& from, httplib::Response& to) {
  to.status = from.status;
  for (const auto& [name, value] : from.headers) to.set_header(name, value);
  to.set_content(from.body, from.content_type);
}

// Paths are registered with httplib as regular expressions.
std::string Quoted(std::string_view path) {
  std::string quoted;
  for (const char c : path) {
    if (!absl::ascii_isalnum(c) && c != '/' && c != '_' && c != '-') quoted += '\\';
    quoted += c;
  }
  return quoted;
}

void Configure(const Server::Options& options, httplib::Server& server) {
  server.new_task_queue = [threads = options.threads, queue_max = options.queue_max] {
    return new BoundedQueue(threads, queue_max);  // httplib deletes it.
  };
  // httplib's default shares the port with whoever has it.
  server.set_socket_options([](int fd) {
    const int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server.set_payload_max_length(0);
  server.set_tcp_nodelay(true);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Create(const Options& options,
                                                       std::vector<Route> routes) {
  auto address = base::ParseListenAddress(options.listen);
  if (!address.ok()) {
    return absl::Status(
        address.status().code(),
        base::ToAbsl(fmt::format("{}: {}", options.setting, address.status().message())));
  }
  auto server =
      std::make_unique<BoundedServer>(DeadlineStream::Limits{.read_timeout = options.read_timeout,
                                                             .write_timeout = options.write_timeout,
                                                             .total = options.request_time_max});
  Configure(options, *server);
  for (Route& route : routes) {
    server->Get(Quoted(route.path),
                [handler = std::move(route.handler)](const httplib::Request& request,
                                                     httplib::Response& response) {
                  ToHttplib(handler(FromHttplib(request)), response);
                });
  }
  int port = address->port;
  if (port == 0) {
    port = server->bind_to_any_port(address->host);
  } else if (!server->bind_to_port(address->host, port)) {
    port = -1;
  }
  if (port < 0) return base::WhyNotListening(*address, options.setting);
  address->port = static_cast<uint16_t>(port);
  return std::unique_ptr<Server>(new Server(std::move(server), address->ToString(), port));
}

Server::Server(std::unique_ptr<httplib::Server> server, std::string address, int port)
    : server_(std::move(server)), address_(std::move(address)), port_(port) {
  listener_ = std::jthread([this] {
    server_->listen_after_bind();
    ended_ = true;
  });
}

Server::~Server() { Shutdown(); }

void Server::Shutdown() {
  if (!listener_.joinable()) return;
  // httplib's stop does nothing before its loop has begun.
  while (!server_->is_running() && !ended_) std::this_thread::yield();
  server_->stop();
  listener_.join();
}

}  // namespace sluice::http
