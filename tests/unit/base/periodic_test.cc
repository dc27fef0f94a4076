#include "pipeline/base/periodic.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>

#include "absl/synchronization/notification.h"
#include "tests/fakes/manual_clock.h"

namespace sluice::base {
namespace {

TEST(PeriodicTest, CallsAtOnceAndAgainWhenTheTaskWants) {
  const fakes::ManualClock clock;
  absl::Notification thrice;
  int calls = 0;  // Of the periodic's thread.
  const Periodic periodic(clock, [&] {
    if (++calls == 3) thrice.Notify();
    return calls < 3 ? clock.Now() + absl::Microseconds(1) : absl::InfiniteFuture();
  });
  EXPECT_TRUE(thrice.WaitForNotificationWithTimeout(absl::Seconds(20)));
}

TEST(PeriodicTest, CallsEverySoOften) {
  const fakes::ManualClock clock;
  absl::Notification thrice;
  int calls = 0;  // Of the periodic's thread.
  const Periodic periodic(clock, absl::Microseconds(1), [&] {
    if (++calls == 3) thrice.Notify();
  });
  EXPECT_TRUE(thrice.WaitForNotificationWithTimeout(absl::Seconds(20)));
}

TEST(PeriodicTest, EndsWhileItWaits) {
  const fakes::ManualClock clock;
  for (const absl::Duration wait : {absl::Hours(1000), absl::InfiniteDuration()}) {
    absl::Notification called;
    const Periodic periodic(clock, [&] {
      called.Notify();
      return clock.Now() + wait;
    });
    EXPECT_TRUE(called.WaitForNotificationWithTimeout(absl::Seconds(20)));
  }
}

TEST(PeriodicTest, WaitsAtItsEndForACallThatRuns) {
  const fakes::ManualClock clock;
  absl::Notification running;
  absl::Notification go;
  std::atomic<bool> done = false;
  std::optional<Periodic> periodic;
  periodic.emplace(clock, [&] {
    running.Notify();
    go.WaitForNotification();
    done = true;
    return absl::InfiniteFuture();
  });
  running.WaitForNotification();
  const std::jthread later([&] { go.Notify(); });
  periodic.reset();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace sluice::base
