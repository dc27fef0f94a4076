#include "services/feed/item_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::feed {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Rows of 10 bytes at these offsets, one a second; of equal ones the first stands.
ItemIndex Rows(std::initializer_list<uint64_t> offsets, int64_t apart_micros = 1'000'000) {
  ItemIndex index;
  int64_t time = 0;
  for (const uint64_t offset : offsets) {
    index.Push({.offset = offset, .appended_micros = time, .id_prefix = offset, .bytes = 10});
    time += apart_micros;
  }
  return index;
}

std::vector<uint64_t> Offsets(const std::vector<ItemIndex::Entry>& entries) {
  std::vector<uint64_t> offsets;
  for (const ItemIndex::Entry& entry : entries) offsets.push_back(entry.offset);
  return offsets;
}

TEST(ItemIndexTest, KeepsOneRowOfAnOffsetAndCountsItOnce) {
  const ItemIndex index = Rows({3, 5, 5, 4, 9});
  EXPECT_EQ(index.size(), 3U);
  EXPECT_EQ(index.bytes(), 30U);
  EXPECT_EQ(index.at(1).appended(), absl::FromUnixSeconds(1));
}

TEST(ItemIndexTest, FindsByOffsetAndByTime) {
  const ItemIndex index = Rows({3, 5, 9});
  EXPECT_EQ(index.Find(5)->id_prefix, 5U);
  for (const uint64_t offset : {0, 4, 10}) EXPECT_FALSE(index.Find(offset).has_value()) << offset;
  EXPECT_EQ(index.FromOffset(4), 1U);
  EXPECT_EQ(index.FromOffset(10), 3U);
  EXPECT_EQ(index.FromTime(absl::FromUnixSeconds(1)), 1U);
  EXPECT_EQ(index.FromTime(absl::FromUnixSeconds(1) + absl::Microseconds(1)), 2U);
}

TEST(ItemIndexTest, GivesRowsForwardAndBackwardWithinBoundsAndAlwaysOne) {
  const ItemIndex index = Rows({3, 5, 9, 12});
  EXPECT_THAT(Offsets(index.Forward(4, 10, 100)), ElementsAre(5, 9, 12));
  EXPECT_THAT(Offsets(index.Forward(5, 2, 100)), ElementsAre(5, 9));
  EXPECT_THAT(Offsets(index.Forward(5, 10, 20)), ElementsAre(5, 9));
  EXPECT_THAT(Offsets(index.Forward(5, 10, 19)), ElementsAre(5));
  EXPECT_THAT(Offsets(index.Forward(5, 10, 1)), ElementsAre(5));
  EXPECT_THAT(Offsets(index.Forward(13, 10, 100)), IsEmpty());
  EXPECT_THAT(Offsets(index.Backward(12, 10, 100)), ElementsAre(3, 5, 9));
  EXPECT_THAT(Offsets(index.Backward(10, 2, 100)), ElementsAre(5, 9));
  EXPECT_THAT(Offsets(index.Backward(10, 10, 20)), ElementsAre(5, 9));
  EXPECT_THAT(Offsets(index.Backward(10, 10, 19)), ElementsAre(9));
  EXPECT_THAT(Offsets(index.Backward(10, 10, 1)), ElementsAre(9));
  EXPECT_THAT(Offsets(index.Backward(3, 10, 100)), IsEmpty());
}

TEST(ItemIndexTest, NamesTheNewestRowThatIsOverABoundButNeverTheNewestTime) {
  const ItemIndex index = Rows({3, 5, 9, 12});
  const auto excess = [&](ItemIndex::Bounds bounds) -> uint64_t {
    const auto found = index.Excess(bounds);
    return found.has_value() ? found->offset : 0;
  };
  const absl::Time old = absl::InfinitePast();
  EXPECT_EQ(excess({.cutoff = old, .bytes_max = 40}), 0U);
  EXPECT_EQ(excess({.cutoff = old, .bytes_max = 39}), 3U);
  EXPECT_EQ(excess({.cutoff = old, .bytes_max = 20}), 5U);
  EXPECT_EQ(excess({.cutoff = old, .bytes_max = 0}), 9U);
  EXPECT_EQ(excess({.cutoff = absl::FromUnixSeconds(1), .bytes_max = 40}), 3U);
  EXPECT_EQ(excess({.cutoff = absl::InfiniteFuture(), .bytes_max = 40}), 9U);
  EXPECT_EQ(excess({.cutoff = old, .bytes_max = 40, .rows_max = 3}), 3U);
  EXPECT_FALSE(ItemIndex().Excess({.cutoff = old}).has_value());
  EXPECT_FALSE(Rows({1, 2, 3}, 0).Excess({.cutoff = old, .bytes_max = 0}).has_value());
}

TEST(ItemIndexTest, LetsRowsOfOneTimeGoTogether) {
  ItemIndex index = Rows({1, 2, 3}, 0);
  index.Push({.offset = 4, .appended_micros = 5, .id_prefix = 4, .bytes = 10});
  EXPECT_EQ(index.Excess({.cutoff = absl::InfinitePast(), .bytes_max = 35})->offset, 3U);
  index.TrimThrough(3);
  EXPECT_EQ(index.oldest().offset, 4U);
  EXPECT_EQ(index.bytes(), 10U);
}

TEST(ItemIndexTest, KeysFollowTimeAndOffset) {
  const absl::Time time = absl::FromUnixSeconds(7);
  EXPECT_LT(RowKey(time, 255), RowKey(time, 256));
  EXPECT_LT(RowKey(time, 900), RowKey(time + absl::Microseconds(1), 1));
  EXPECT_EQ(RowKeyOffset(RowKey(time, 0x0123456789abcdef)), 0x0123456789abcdefU);
}

}  // namespace
}  // namespace sluice::feed
