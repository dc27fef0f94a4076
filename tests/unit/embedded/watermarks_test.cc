#include "pipeline/embedded/watermarks.h"

#include <gtest/gtest.h>

#include <thread>

namespace sluice::embedded {
namespace {

using View = Watermarks::View;

const std::vector<std::vector<Watermarks::Range>> kOnePartition = {{{.first = 2, .end = 5}}};

TEST(WatermarksTest, ReplicasSeeWhatIsDurableAndShardsWhatIsWritten) {
  Watermarks marks(kOnePartition);
  const TopicPartition at;
  const PartitionEnd written[] = {{at, 9}};
  marks.PublishWritten(written);
  EXPECT_EQ(marks.range(at, View::kWritten).end, 9);
  EXPECT_EQ(marks.range(at, View::kDurable).end, 5);
  const PartitionEnd durable[] = {{at, 8}};
  marks.PublishDurable(durable);
  EXPECT_EQ(marks.range(at, View::kWritten).end, 9);
  EXPECT_EQ(marks.range(at, View::kDurable).end, 8);
  EXPECT_EQ(marks.range(at, View::kDurable).first, 2);
}

TEST(WatermarksTest, NeitherEndsNorStartsFall) {
  Watermarks marks(kOnePartition);
  const TopicPartition at;
  const PartitionEnd end[] = {{at, 3}};
  marks.PublishDurable(end);
  marks.Trim(at, 1);
  EXPECT_EQ(marks.range(at, View::kDurable).end, 5);
  EXPECT_EQ(marks.range(at, View::kDurable).first, 2);
}

TEST(WatermarksTest, ACallBetweenLookAndWaitIsNotLost) {
  Watermarks marks(kOnePartition);
  const uint64_t version = marks.version();
  marks.Nudge();
  marks.WaitPast(version, absl::InfiniteDuration());
  const uint64_t next = marks.version();
  const std::jthread caller([&] { marks.Nudge(); });
  marks.WaitPast(next, absl::InfiniteDuration());
  EXPECT_EQ(marks.version(), next + 1);
}

TEST(WatermarksTest, AWaitEndsWithItsTime) {
  Watermarks marks(kOnePartition);
  marks.WaitPast(marks.version(), absl::Milliseconds(1));
}

}  // namespace
}  // namespace sluice::embedded
