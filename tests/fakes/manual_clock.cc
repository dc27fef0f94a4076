#include "tests/fakes/manual_clock.h"

#include <utility>

namespace sluice::fakes {

ManualClock::Subscription::~Subscription() {
  absl::MutexLock lock(&clock_->listeners_mutex_);
  clock_->listeners_.erase(place_);
}

ManualClock::ManualClock(absl::Time start) : now_(start) {}

absl::Time ManualClock::Now() const {
  absl::MutexLock lock(&time_mutex_);
  return now_;
}

void ManualClock::Set(absl::Time time) {
  {
    absl::MutexLock lock(&time_mutex_);
    now_ = time;
  }
  CallListeners();
}

void ManualClock::Advance(absl::Duration duration) {
  {
    absl::MutexLock lock(&time_mutex_);
    now_ += duration;
  }
  CallListeners();
}

std::unique_ptr<ManualClock::Subscription> ManualClock::Subscribe(std::function<void()> moved) {
  absl::MutexLock lock(&listeners_mutex_);
  listeners_.push_back(std::move(moved));
  return std::unique_ptr<Subscription>(new Subscription(*this, std::prev(listeners_.end())));
}

void ManualClock::CallListeners() {
  absl::MutexLock lock(&listeners_mutex_);
  for (const std::function<void()>& moved : listeners_) moved();
}

}  // namespace sluice::fakes
