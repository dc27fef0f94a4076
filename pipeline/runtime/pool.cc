#include "pipeline/runtime/pool.h"

#include <algorithm>
#include <atomic>

namespace sluice::runtime {

struct Pool::Job {
  Job(size_t count, absl::FunctionRef<void(size_t)> body) : count(count), body(body) {}

  bool exhausted() const { return next.load(std::memory_order_relaxed) >= count; }

  // Takes indices until none is left. `body` lives for as long as an index is left or running.
  void Work() {
    for (size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      body(i);
      if (done.fetch_add(1, std::memory_order_acq_rel) + 1 == count) {
        const absl::MutexLock lock(&mutex);
        finished = true;
      }
    }
  }

  const size_t count;
  const absl::FunctionRef<void(size_t)> body;
  std::atomic<size_t> next = 0;
  std::atomic<size_t> done = 0;
  absl::Mutex mutex;
  bool finished ABSL_GUARDED_BY(mutex) = false;
};

Pool::Pool(size_t threads) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  workers_.reserve(threads - 1);
  for (size_t i = 1; i < threads; ++i) workers_.emplace_back([this] { Run(); });
}

Pool::~Pool() {
  const absl::MutexLock lock(&mutex_);
  stopping_ = true;
}

void Pool::ParallelFor(size_t count, absl::FunctionRef<void(size_t)> body) {
  if (count == 0) return;
  if (count == 1 || workers_.empty()) {
    for (size_t i = 0; i < count; ++i) body(i);
    return;
  }
  const auto job = std::make_shared<Job>(count, body);
  {
    const absl::MutexLock lock(&mutex_);
    jobs_.push_back(job);
  }
  job->Work();
  const absl::MutexLock lock(&job->mutex);
  job->mutex.Await(absl::Condition(&job->finished));
}

void Pool::Run() {
  while (true) {
    std::shared_ptr<Job> job;
    {
      const absl::MutexLock lock(&mutex_);
      const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ || !jobs_.empty();
      };
      mutex_.Await(absl::Condition(&ready));
      if (stopping_) return;
      job = jobs_.front();
      if (job->exhausted()) {
        jobs_.pop_front();
        continue;
      }
    }
    job->Work();
  }
}

}  // namespace sluice::runtime
