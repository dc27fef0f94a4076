#include "services/dedupe/posting_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>

namespace sluice::dedupe {
namespace {

std::vector<uint64_t> Owners(const PostingTable& table, uint32_t hash) {
  std::vector<uint64_t> owners;
  table.Find(hash, [&](uint64_t owner) {
    owners.push_back(owner);
    return true;
  });
  return owners;
}

TEST(PostingTableTest, ListsOwnersOfAHashNewestFirst) {
  PostingTable table;
  EXPECT_EQ(table.Add({1, 2}), 0U);
  EXPECT_EQ(table.Add({2, 3}), 1U);
  EXPECT_EQ(table.Add({2}), 2U);
  EXPECT_THAT(Owners(table, 2), testing::ElementsAre(2, 1, 0));
  EXPECT_THAT(Owners(table, 1), testing::ElementsAre(0));
  EXPECT_THAT(Owners(table, 9), testing::IsEmpty());
}

TEST(PostingTableTest, KeepsTheNewestOfAHotHashAndCountsTheRest) {
  PostingTable table(3);
  for (int i = 0; i < 100; ++i) table.Add({7, 8 + static_cast<uint32_t>(i)});
  EXPECT_THAT(Owners(table, 7), testing::ElementsAre(99, 98, 97));
  EXPECT_EQ(table.dropped(), 97U);
  EXPECT_THAT(Owners(table, 8), testing::ElementsAre(0));
}

TEST(PostingTableTest, StopsWhenTold) {
  PostingTable table;
  for (int i = 0; i < 20; ++i) table.Add({7});
  size_t visits = 0;
  table.Find(7, [&](uint64_t) { return ++visits < 5; });
  EXPECT_EQ(visits, 5U);
}

TEST(PostingTableTest, BoundsTheSearchAmongHashesThatLieTogether) {
  // Undoes the spreading (Newton's iteration for the inverse), so that all have one home.
  uint32_t inverse = 1;
  for (int i = 0; i < 5; ++i) inverse *= 2 - PostingTable::kSpread * inverse;
  PostingTable table;
  for (uint32_t hash = 0; hash < 20'000; ++hash) table.Add({hash * inverse});
  EXPECT_GT(table.dropped(), 0U);
  EXPECT_THAT(Owners(table, 0), testing::ElementsAre(0));
  EXPECT_THAT(Owners(table, 19'999 * inverse), testing::IsEmpty());
}

TEST(PostingTableTest, AgreesWithAMapThroughGrowthAndForgetting) {
  PostingTable table;
  std::map<uint32_t, std::vector<uint64_t>> model;
  std::deque<std::vector<uint32_t>> live;
  std::mt19937_64 random(3);
  uint64_t first = 0;
  const auto expect_all = [&] {
    for (const auto& [hash, owners] : model) {
      std::vector<uint64_t> expected;
      for (auto owner = owners.rbegin(); owner != owners.rend() && *owner >= first; ++owner) {
        expected.push_back(*owner);
      }
      ASSERT_EQ(Owners(table, hash), expected) << hash;
    }
  };
  for (uint64_t owner = 0; owner < 30'000; ++owner) {
    std::vector<uint32_t> hashes;
    for (uint64_t i = 0; i <= random() % 8; ++i) {
      hashes.push_back(static_cast<uint32_t>(random() % 40'000) * 2'654'435'761U);
    }
    ASSERT_EQ(table.Add(hashes), owner);
    for (const uint32_t hash : hashes) model[hash].push_back(owner);
    live.push_back(hashes);
    if (live.size() > 12'000) {
      table.Forget(live.front().size());
      live.pop_front();
      ++first;
    }
    if (owner % 6'000 == 5'999) expect_all();
  }
}

TEST(PostingTableTest, KeepsAllWhereItGrowsBeyondOneChunk) {
  constexpr uint32_t kPostings = 700'000;
  constexpr uint32_t kOwned = 100;
  const auto hash_of = [](uint32_t i) { return i * 2'246'822'519U; };  // Odd: no two alike.
  PostingTable table;
  std::vector<uint32_t> hashes(kOwned);
  for (uint32_t i = 0; i < kPostings; ++i) {
    hashes[i % kOwned] = hash_of(i);
    if (i % kOwned == kOwned - 1) table.Add(hashes);
  }
  EXPECT_GT(table.bytes(), 2 * LargePages::kBytes);
  EXPECT_EQ(table.dropped(), 0U);
  for (uint32_t i = 0; i < kPostings; ++i) {
    ASSERT_THAT(Owners(table, hash_of(i)), testing::ElementsAre(i / kOwned)) << i;
  }
  ASSERT_THAT(Owners(table, hash_of(kPostings)), testing::IsEmpty());
}

TEST(PostingTableTest, CanBeEmptiedAndFilledAgain) {
  PostingTable table;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 50'000; ++i) table.Add({5});
    for (int i = 0; i < 50'000; ++i) table.Forget(1);
    EXPECT_EQ(table.postings(), 0U);
    EXPECT_THAT(Owners(table, 5), testing::IsEmpty());
  }
  EXPECT_EQ(table.Add({5}), 150'000U);
  EXPECT_THAT(Owners(table, 5), testing::ElementsAre(150'000));
}

TEST(PostingTableTest, GivesMemoryBack) {
  PostingTable table;
  for (int i = 0; i < 1'000'000; ++i) {
    table.Add({static_cast<uint32_t>(i) * 2'654'435'761U});
    if (i >= 20'000) table.Forget(1);
  }
  EXPECT_LT(table.bytes(), 4U << 20);
}

}  // namespace
}  // namespace sluice::dedupe
