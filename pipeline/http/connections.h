#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "pipeline/http/transport.h"

namespace sluice::http {

// The connections of a server, from accept to close. One thread reads the heads of all requests,
// so that a client that sends slowly holds no other up; what is whole is answered by a pool of
// threads, and probes by one of their own, so that clients that take their answers slowly hold no
// probe up. What a client sends behind its head is thrown away by the thread that reads, once the
// answer is out: to close before would reset the connection, and the client might see that in place
// of the answer (RFC 9112, 9.6). Any thread.
class Connections {
 public:
  struct Options {
    size_t threads = 4;  // Beside that of the probes and the one that reads.
    // Read, waiting for a thread or leaving. Above it the oldest that leaves is closed, or else the
    // oldest that has not sent its head whole, or the oldest that waits, probes last.
    size_t connections_max = 256;
    absl::Duration head_time_max = absl::Seconds(5);  // From the accept to the end of the head.
    size_t head_bytes_max = 16 << 10;  // A longer one is handed on as far as it came.
    // From the answer until the client ends too. A client that goes on is cut.
    absl::Duration leave_time_max = absl::Seconds(5);
    size_t leave_bytes_max = 16 << 20;
    std::set<std::string, std::less<>> probes = {};  // Their paths.
  };
  // Answers the request that begins with `head`.
  using Answer = std::function<void(Transport& transport, std::string_view head)>;

  Connections(Options options, Answer answer);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Takes over a connection that was accepted.
  void Add(std::unique_ptr<Transport> transport) ABSL_LOCKS_EXCLUDED(mutex_);
  // Answers the requests that are whole and closes the other connections. Nothing is added after.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Connection {
    std::unique_ptr<Transport> transport = nullptr;
    std::chrono::steady_clock::time_point deadline = {};  // For the head, or to leave.
    std::string head = {};
    size_t discarded_bytes = 0;  // Since the answer.
    short wait_for = POLLIN;
  };
  enum class Progress { kReading, kWhole, kOver };

  void ReadAll() ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits until one of them may be read, the first deadline, or until it is woken.
  void AwaitBytes(const std::vector<Connection>& reading,
                  const std::vector<Connection>& leaving) const;
  Progress Read(Connection& connection) const;
  bool IsOver(Connection& leaving) const;
  bool IsProbe(std::string_view head) const;
  void HandOn(Connection connection) ABSL_LOCKS_EXCLUDED(mutex_);
  void Bound(std::vector<Connection>& reading, std::vector<Connection>& leaving)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Work(bool probes_alone) ABSL_LOCKS_EXCLUDED(mutex_);
  // Of an answered connection.
  void Leave(std::unique_ptr<Transport> transport) ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  const Answer answer_;
  const int wake_;  // An eventfd.
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Transport>> accepted_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Transport>> answered_ ABSL_GUARDED_BY(mutex_);
  std::deque<Connection> probes_ ABSL_GUARDED_BY(mutex_);
  std::deque<Connection> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool read_ ABSL_GUARDED_BY(mutex_) = false;  // Nothing is handed on any more.
  std::vector<std::jthread> threads_;
};

}  // namespace sluice::http
