#pragma once

#include <cstddef>
#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace sluice::rpc {

// A few threads for the part of a call that may wait for a disk, so that gRPC's own threads never
// do. Any thread. The destructor finishes what was accepted.
class Executor {
 public:
  struct Options {
    size_t threads = 2;
    size_t queue_max = 8192;  // Tasks waiting.
  };

  explicit Executor(const Options& options);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // False: the queue is full, and `task` will not run; answer kResourceExhausted.
  [[nodiscard]] bool Submit(absl::AnyInvocable<void()> task);

 private:
  void Run();

  const size_t queue_max_;
  absl::Mutex mutex_;
  std::deque<absl::AnyInvocable<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;
};

}  // namespace sluice::rpc
