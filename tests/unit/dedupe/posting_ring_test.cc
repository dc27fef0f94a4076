#include "services/dedupe/posting_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace sluice::dedupe {
namespace {

std::vector<uint64_t> Owners(const PostingRing& ring, uint32_t hash, size_t max = 64) {
  std::vector<uint64_t> owners;
  ring.Find(hash, max, [&](uint64_t owner) {
    owners.push_back(owner);
    return true;
  });
  return owners;
}

TEST(PostingRingTest, ListsOwnersOfAHashNewestFirst) {
  PostingRing ring;
  EXPECT_EQ(ring.Add({1, 2}), 0U);
  EXPECT_EQ(ring.Add({2, 3}), 1U);
  EXPECT_EQ(ring.Add({2}), 2U);
  EXPECT_THAT(Owners(ring, 2), testing::ElementsAre(2, 1, 0));
  EXPECT_THAT(Owners(ring, 1), testing::ElementsAre(0));
  EXPECT_THAT(Owners(ring, 9), testing::IsEmpty());
}

TEST(PostingRingTest, StopsAtTheLimitAndWhenTold) {
  PostingRing ring;
  for (int i = 0; i < 100; ++i) ring.Add({7});
  EXPECT_THAT(Owners(ring, 7, 3), testing::ElementsAre(99, 98, 97));
  size_t visits = 0;
  ring.Find(7, 64, [&](uint64_t) { return ++visits < 5; });
  EXPECT_EQ(visits, 5U);
}

TEST(PostingRingTest, AgreesWithAMapThroughGrowthAndForgetting) {
  PostingRing ring;
  std::map<uint32_t, std::vector<uint64_t>> model;
  std::deque<std::vector<uint32_t>> live;
  std::mt19937_64 random(3);
  uint64_t first = 0;
  for (uint64_t owner = 0; owner < 30'000; ++owner) {
    std::vector<uint32_t> hashes;
    for (uint64_t i = 0; i <= random() % 8; ++i) {
      hashes.push_back(static_cast<uint32_t>(random() % 40'000) * 2'654'435'761U);
    }
    ASSERT_EQ(ring.Add(hashes), owner);
    for (const uint32_t hash : hashes) model[hash].push_back(owner);
    live.push_back(hashes);
    if (live.size() > 12'000) {
      ring.Forget(live.front().size());
      live.pop_front();
      ++first;
    }
  }
  for (const auto& [hash, owners] : model) {
    std::vector<uint64_t> expected;
    for (auto owner = owners.rbegin(); owner != owners.rend() && *owner >= first; ++owner) {
      expected.push_back(*owner);
    }
    ASSERT_EQ(Owners(ring, hash, 1000), expected) << hash;
  }
}

TEST(PostingRingTest, CanBeEmptiedAndFilledAgain) {
  PostingRing ring;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 50'000; ++i) ring.Add({5});
    for (int i = 0; i < 50'000; ++i) ring.Forget(1);
    EXPECT_EQ(ring.postings(), 0U);
    EXPECT_THAT(Owners(ring, 5), testing::IsEmpty());
  }
  EXPECT_EQ(ring.Add({5}), 150'000U);
  EXPECT_THAT(Owners(ring, 5), testing::ElementsAre(150'000));
}

TEST(PostingRingTest, GivesMemoryBack) {
  PostingRing ring;
  for (int i = 0; i < 200'000; ++i) {
    ring.Add({static_cast<uint32_t>(i) * 2'654'435'761U});
    if (i >= 20'000) ring.Forget(1);
  }
  EXPECT_LT(ring.bytes(), 4U << 20);
}

}  // namespace
}  // namespace sluice::dedupe
