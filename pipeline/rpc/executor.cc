#include "pipeline/rpc/executor.h"

#include <utility>

namespace sluice::rpc {

Executor::Executor(const Options& options) : queue_max_(options.queue_max) {
  for (size_t i = 0; i < options.threads; ++i) threads_.emplace_back([this] { Run(); });
}

Executor::~Executor() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
}

bool Executor::Submit(absl::AnyInvocable<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (tasks_.size() >= queue_max_) return false;
  tasks_.push_back(std::move(task));
  return true;
}

void Executor::Run() {
  for (;;) {
    absl::AnyInvocable<void()> task;
    {
      absl::MutexLock lock(&mutex_);
      auto woken = [this]()
                       ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !tasks_.empty() || stopping_; };
      mutex_.Await(absl::Condition(&woken));
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace sluice::rpc
