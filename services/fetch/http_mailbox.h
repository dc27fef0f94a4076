#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/fetch/http_client.h"

namespace sluice::fetch {

// Where answers wait for the shard's thread. Bounded by its user, who asks for only so much at a
// time. Any thread.
class HttpMailbox {
 public:
  struct Letter {
    uint64_t token = 0;  // Of the request.
    HttpResponse response;
  };

  // `wake` is called after each letter, by the thread that brings it, until Close.
  explicit HttpMailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void Put(uint64_t token, HttpResponse response) {
    absl::MutexLock lock(&mutex_);
    if (closed_) return;
    letters_.push_back({token, std::move(response)});
    wake_();
  }

  // The oldest, at most `letters_max`, and no more once their bodies reach `bytes_max`.
  std::vector<Letter> Take(size_t letters_max, uint64_t bytes_max) {
    absl::MutexLock lock(&mutex_);
    std::vector<Letter> taken;
    for (uint64_t bytes = 0;
         !letters_.empty() && taken.size() < letters_max && bytes < bytes_max;) {
      bytes += letters_.front().response.body.size();
      taken.push_back(std::move(letters_.front()));
      letters_.pop_front();
    }
    return taken;
  }

  bool empty() const {
    absl::MutexLock lock(&mutex_);
    return letters_.empty();
  }

  // What comes later is thrown away and wakes nobody; once this has returned no call of `wake` is
  // under way.
  void Close() {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    letters_.clear();
  }

 private:
  mutable absl::Mutex mutex_;
  const std::function<void()> wake_;
  std::deque<Letter> letters_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace sluice::fetch
