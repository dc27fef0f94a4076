#include "pipeline/kafka/backlog_meter.h"

#include <gtest/gtest.h>

#include "pipeline/kafka/record_sizes.h"

namespace sluice::kafka {
namespace {

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(1000000 + seconds); }

TEST(EndHistoryTest, TellsHowLongAnOffsetHasBeenThere) {
  EndHistory history;
  history.Note(At(0), 10);
  history.Note(At(1), 10);
  history.Note(At(2), 20);
  EXPECT_EQ(history.Age(At(5), 9), absl::Seconds(5));
  EXPECT_EQ(history.Age(At(5), 10), absl::Seconds(3));
  EXPECT_EQ(history.Age(At(5), 19), absl::Seconds(3));
  EXPECT_EQ(history.Age(At(5), 20), absl::ZeroDuration());
  EXPECT_EQ(history.size(), 2U) << "an end that stands still is noted once";
}

TEST(EndHistoryTest, StaysSmallAndNeverSaysTooMuch) {
  EndHistory history;
  for (int i = 0; i < 10000; ++i) history.Note(At(i), i + 1);
  EXPECT_LE(history.size(), EndHistory::kSamplesMax);
  for (const int offset : {0, 5, 5000, 9000, 9999}) {
    EXPECT_LE(history.Age(At(10000), offset), absl::Seconds(10000 - offset)) << offset;
    EXPECT_GE(history.Age(At(10000), offset), absl::Seconds((10000 - offset) / 4)) << offset;
  }
}

TEST(RecordSizesTest, FollowsWhatItSees) {
  RecordSizes sizes;
  EXPECT_EQ(sizes.Typical("raw-pages"), RecordSizes::kUnknownBytes);
  sizes.Note("raw-pages", 10, 1000);
  EXPECT_EQ(sizes.Typical("raw-pages"), 100U);
  sizes.Note("raw-pages", 5000, 5000 * 300);
  EXPECT_EQ(sizes.Typical("raw-pages"), 300U);
  EXPECT_EQ(sizes.Typical("clean"), RecordSizes::kUnknownBytes);
}

}  // namespace
}  // namespace sluice::kafka
