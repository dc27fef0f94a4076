#include "services/dedupe/shingles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace sluice::dedupe {
namespace {

std::vector<uint32_t> Shingles(const std::vector<WordCode>& words, size_t length = 5) {
  std::vector<uint32_t> shingles;
  HashShingles(words, length, shingles);
  return shingles;
}

std::vector<uint32_t> Keys(std::vector<uint32_t> shingles, size_t window = 16,
                           size_t keys_max = 512) {
  Winnow(window, keys_max, shingles);
  std::sort(shingles.begin(), shingles.end());
  return shingles;
}

std::vector<WordCode> RandomWords(uint64_t seed, size_t count) {
  std::mt19937_64 random(seed);
  std::vector<WordCode> words(count);
  for (WordCode& word : words) word = static_cast<WordCode>(random() & kWordHash);
  return words;
}

TEST(ShinglesTest, HashesEveryRunByItsWordsAlone) {
  const std::vector<WordCode> words = {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5};
  const std::vector<uint32_t> shingles = Shingles(words);
  ASSERT_EQ(shingles.size(), 7U);
  EXPECT_EQ(shingles.front(), shingles.back());
  EXPECT_EQ(std::set(shingles.begin(), shingles.end()).size(), 6U);
}

TEST(ShinglesTest, IgnoresTheMarksOfWords) {
  EXPECT_EQ(Shingles({1, 2, 3, 4, 5}), Shingles({1 | kName, 2, 3 | kFigure, 4, 5}));
}

TEST(ShinglesTest, HasNoneForTooFewWords) {
  EXPECT_TRUE(Shingles({1, 2, 3, 4}).empty());
  EXPECT_TRUE(Shingles({}).empty());
  EXPECT_TRUE(Keys({}).empty());
}

TEST(WinnowTest, SharesAKeyWhereverARunOfWindowShinglesIsShared) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const std::vector<WordCode> common = RandomWords(seed, 20);  // 16 shingles.
    std::vector<WordCode> a = RandomWords(seed + 1000, 150);
    std::vector<WordCode> b = RandomWords(seed + 2000, 60);
    a.insert(a.begin() + 70, common.begin(), common.end());
    b.insert(b.begin() + 13, common.begin(), common.end());
    const std::vector<uint32_t> of_a = Keys(Shingles(a));
    const std::vector<uint32_t> of_b = Keys(Shingles(b));
    std::vector<uint32_t> both;
    std::set_intersection(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(),
                          std::back_inserter(both));
    EXPECT_FALSE(both.empty()) << "seed " << seed;
  }
}

TEST(WinnowTest, TakesTheLeastOfEveryWindow) {
  const std::vector<uint32_t> shingles = Shingles(RandomWords(5, 300));
  const std::vector<uint32_t> keys = Keys(shingles);
  for (size_t i = 0; i + 16 <= shingles.size(); ++i) {
    const uint32_t least = *std::min_element(shingles.begin() + static_cast<ptrdiff_t>(i),
                                             shingles.begin() + static_cast<ptrdiff_t>(i) + 16);
    EXPECT_TRUE(std::binary_search(keys.begin(), keys.end(), least)) << "window " << i;
  }
  EXPECT_LT(keys.size(), shingles.size() / 6);
}

TEST(ShinglesTest, HashesARunTheSameWhereverItStands) {
  const std::vector<WordCode> words = RandomWords(3, 700);
  for (const size_t length : {2, 3, 5, 16}) {
    for (size_t size = length; size < words.size(); size += 1 + size / 9) {
      const std::vector<WordCode> text(words.begin(), words.begin() + static_cast<ptrdiff_t>(size));
      const std::vector<uint32_t> shingles = Shingles(text, length);
      ASSERT_EQ(shingles.size(), size - length + 1);
      for (size_t i = 0; i < shingles.size(); ++i) {
        const auto run = text.begin() + static_cast<ptrdiff_t>(i);
        const std::vector<WordCode> alone(run, run + static_cast<ptrdiff_t>(length));
        ASSERT_EQ(Shingles(alone, length), std::vector<uint32_t>{shingles[i]}) << size << " " << i;
      }
    }
  }
}

TEST(WinnowTest, HasTheLeastOfEveryWindowAndNothingElse) {
  for (const size_t size : {1, 2, 15, 16, 17, 511, 512, 513, 528, 1500}) {
    const std::vector<uint32_t> shingles = Shingles(RandomWords(size, size + 4));
    for (const size_t window : {1, 2, 3, 16, 17, 31, 100, 256}) {
      const size_t width = std::min(window, shingles.size());
      std::set<uint32_t> expected;
      for (size_t i = 0; i + width <= shingles.size(); ++i) {
        const auto begin = shingles.begin() + static_cast<ptrdiff_t>(i);
        expected.insert(*std::min_element(begin, begin + static_cast<ptrdiff_t>(width)));
      }
      EXPECT_EQ(Keys(shingles, window, 65'535),
                std::vector<uint32_t>(expected.begin(), expected.end()))
          << size << " shingles, window " << window;
    }
  }
}

TEST(WinnowTest, GivesOneKeyForOneWordRepeated) {
  EXPECT_EQ(Keys(Shingles(std::vector<WordCode>(10'000, 7))).size(), 1U);
}

TEST(WinnowTest, KeepsTheLeastWhereThereAreTooMany) {
  const std::vector<uint32_t> shingles = Shingles(RandomWords(9, 5000));
  const std::vector<uint32_t> all = Keys(shingles, 16, 65'535);
  const std::vector<uint32_t> some = Keys(shingles, 16, 100);
  ASSERT_GT(all.size(), 100U);
  EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin(), all.begin() + 100));
}

}  // namespace
}  // namespace sluice::dedupe
