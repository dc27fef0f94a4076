#include "services/sluice/open_log.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

constexpr absl::Time kNow = absl::FromUnixSeconds(1'000);

TEST(NextUpkeepTest, IsWhenTheCallSays) {
  EXPECT_EQ(NextUpkeep(kNow + absl::Hours(1), absl::OkStatus(), kNow), kNow + absl::Hours(1));
}

TEST(NextUpkeepTest, IsInAMinuteAfterTroubleThatMayPass) {
  EXPECT_EQ(NextUpkeep(absl::UnavailableError("busy"), absl::OkStatus(), kNow),
            kNow + absl::Minutes(1));
}

TEST(NextUpkeepTest, IsNeverWhereTheLogIsOver) {
  const absl::Status full = absl::DataLossError("the disk is full");
  EXPECT_EQ(NextUpkeep(full, full, kNow), absl::InfiniteFuture());
}

}  // namespace
}  // namespace sluice::cli
