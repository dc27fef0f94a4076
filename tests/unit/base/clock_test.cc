#include "pipeline/base/clock.h"

#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "tests/fakes/manual_clock.h"

namespace sluice::base {
namespace {

TEST(SystemClockTest, TellsTheMachinesTime) {
  const absl::Time before = absl::Now();
  const absl::Time now = SystemClock().Now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, absl::Now());
}

TEST(ManualClockTest, MovesWhenItIsTold) {
  fakes::ManualClock clock(absl::UnixEpoch());
  int moves = 0;
  auto subscription = clock.Subscribe([&] {
    ++moves;
    EXPECT_GT(clock.Now(), absl::UnixEpoch());
  });
  clock.Advance(absl::Seconds(5));
  EXPECT_EQ(clock.Now(), absl::UnixEpoch() + absl::Seconds(5));
  clock.Set(absl::UnixEpoch() + absl::Seconds(2));
  EXPECT_EQ(clock.Now(), absl::UnixEpoch() + absl::Seconds(2));
  EXPECT_EQ(moves, 2);
  subscription.reset();
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(moves, 2);
}

}  // namespace
}  // namespace sluice::base
