#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"

namespace sluice::runtime {

// Threads that shards share for work that costs CPU. Any thread may call ParallelFor, many at once;
// the caller works too, so that a pool of one thread has no thread of its own and a busy pool
// cannot hold a caller up for ever.
class Pool {
 public:
  // `threads` including the caller; 0: one a core.
  explicit Pool(size_t threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Calls body(i) once for every i < count, in any order, and returns when all have returned.
  void ParallelFor(size_t count, absl::FunctionRef<void(size_t)> body);

  size_t threads() const { return workers_.size() + 1; }

 private:
  struct Job;

  void Run();

  absl::Mutex mutex_;
  std::deque<std::shared_ptr<Job>> jobs_
      ABSL_GUARDED_BY(mutex_);  // Shared with the threads that still look at a finished job.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> workers_;
};

}  // namespace sluice::runtime
