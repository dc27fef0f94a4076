#pragma once

#include <functional>
#include <list>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "pipeline/base/clock.h"

namespace sluice::fakes {

// A clock that stands still until a test moves it. Any thread.
class ManualClock final : public base::Clock {
 public:
  // A listener's place; leaving it ends the calls. The clock outlives it.
  class Subscription {
   public:
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

   private:
    friend class ManualClock;
    Subscription(ManualClock& clock, std::list<std::function<void()>>::iterator place)
        : clock_(&clock), place_(place) {}
    ManualClock* clock_;  // Not owned.
    std::list<std::function<void()>>::iterator place_;
  };

  // Some Monday at noon, UTC.
  explicit ManualClock(absl::Time start = absl::FromCivil(absl::CivilHour(2026, 1, 5, 12),
                                                          absl::UTCTimeZone()));

  absl::Time Now() const override;

  // Back is possible too: machines' clocks do that.
  void Set(absl::Time time);
  void Advance(absl::Duration duration);

  // `moved` is called after every change, from the thread that made it.
  std::unique_ptr<Subscription> Subscribe(std::function<void()> moved);

 private:
  void CallListeners();

  // Held while listeners run, which may read the time: so they are two.
  absl::Mutex listeners_mutex_ ABSL_ACQUIRED_BEFORE(time_mutex_);
  mutable absl::Mutex time_mutex_;
  std::list<std::function<void()>> listeners_ ABSL_GUARDED_BY(listeners_mutex_);
  absl::Time now_ ABSL_GUARDED_BY(time_mutex_);
};

}  // namespace sluice::fakes
