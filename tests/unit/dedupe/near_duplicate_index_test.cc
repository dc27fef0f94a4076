#include "services/dedupe/near_duplicate_index.h"

#include <gtest/gtest.h>

#include "tests/unit/dedupe/sample_texts.h"

namespace sluice::dedupe {
namespace {

class NearDuplicateIndexTest : public testing::Test {
 protected:
  Fingerprint Make(std::string_view text) const {
    Fingerprint fingerprint;
    fingerprinter_.Make("a title", text, fingerprint);
    return fingerprint;
  }
  uint64_t Add(NearDuplicateIndex& index, std::string_view text, uint64_t document = 0) const {
    const Fingerprint made = Make(text);
    return index.Add({.words = made.text.codes, .title = made.title.codes}, made.keys,
                     {.document = document, .date = absl::FromUnixSeconds(5), .site = 9});
  }

  Fingerprinter fingerprinter_{FingerprintOptions()};
};

TEST_F(NearDuplicateIndexTest, RanksTheTextThatSharesTheRarestKeysFirst) {
  NearDuplicateIndex index({});
  SampleTexts texts(1);
  const std::string common = texts.Article(120);
  const std::string story = texts.Article(60);
  uint64_t twin = 0;
  for (int i = 0; i < 100; ++i) {
    Add(index, texts.Article(200) + " " + common);
    if (i == 80) twin = Add(index, story + texts.Article(30));
  }
  const auto& candidates = index.Find(Make(story + " " + common).keys);
  ASSERT_EQ(candidates.size(), NearDuplicateIndexOptions().candidates_max);
  EXPECT_EQ(candidates[0].number, twin);
  EXPECT_GT(candidates[0].weight, candidates[1].weight);
  for (size_t i = 2; i < candidates.size(); ++i) {
    EXPECT_LT(candidates[i - 1].number, candidates[i].number) << "of equals the older first";
  }
}

TEST_F(NearDuplicateIndexTest, LooksAtNoTextThatSharesLittleAndThatWithMany) {
  NearDuplicateIndex index({});
  SampleTexts texts(5);
  const std::string box = texts.Article(40);
  for (int i = 0; i < 60; ++i) Add(index, texts.Article(300) + " " + box);
  EXPECT_TRUE(index.Find(Make(texts.Article(300) + " " + box).keys).empty());
  EXPECT_FALSE(index.Find(Make(box).keys).empty()) << "it is all of this one";
}

TEST_F(NearDuplicateIndexTest, AsksForTwoSharedKeysUnlessTheTextIsShort) {
  const std::vector<uint32_t> keys = {1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<WordCode> words(20, 7);
  for (const size_t own : {4, 5}) {
    NearDuplicateIndex index({});
    // One key in common with the first, two with the second.
    std::vector<uint32_t> one(own, 0);
    for (size_t i = 0; i < own; ++i) one[i] = 100 + static_cast<uint32_t>(i);
    one[0] = 1;
    index.Add({.words = words, .title = {}}, one, {});
    std::vector<uint32_t> two = one;
    two[1] = 2;
    index.Add({.words = words, .title = {}}, two, {});
    const auto& candidates = index.Find(keys);
    ASSERT_EQ(candidates.size(), own == 4 ? 2U : 1U) << own;
    EXPECT_EQ(candidates[0].number, 1U);
    EXPECT_EQ(candidates[0].shared_keys, 2U);
    EXPECT_EQ(candidates[0].least_keys, own);
  }
}

TEST_F(NearDuplicateIndexTest, FindsNothingForATextOfItsOwn) {
  NearDuplicateIndex index({});
  SampleTexts texts(2);
  for (int i = 0; i < 50; ++i) Add(index, texts.Article(200));
  EXPECT_TRUE(index.Find(Make(texts.Article(200)).keys).empty());
}

TEST_F(NearDuplicateIndexTest, GivesBackTextsAndLabelsUntilTheyAreForgotten) {
  NearDuplicateIndex index({});
  SampleTexts texts(3);
  const std::string text = texts.Article(100);
  Add(index, texts.Article(100), 40);
  const uint64_t number = Add(index, text, 41);
  index.Forget();
  EXPECT_EQ(index.begin(), number);
  const Fingerprint made = Make(text);
  EXPECT_EQ(index.Text(number).words, absl::Span<const WordCode>(made.text.codes));
  EXPECT_EQ(index.Text(number).title, absl::Span<const WordCode>(made.title.codes));
  EXPECT_EQ(index.LabelOf(number).document, 41U);
  EXPECT_EQ(index.LabelOf(number).site, 9U);
  EXPECT_EQ(index.LabelOf(number).date, absl::FromUnixSeconds(5));
  index.Forget();
  EXPECT_EQ(index.begin(), index.end());
  EXPECT_EQ(index.bytes(), 0U);
}

TEST_F(NearDuplicateIndexTest, StaysWithinItsBytes) {
  NearDuplicateIndex index({.bytes_max = 1 << 20});
  SampleTexts texts(4);
  for (int i = 0; i < 1500; ++i) Add(index, texts.Article(400));
  EXPECT_LE(index.bytes(), 1U << 20);
  EXPECT_EQ(index.evicted(), index.begin());
  EXPECT_GT(index.end() - index.begin(), 500U);
}

}  // namespace
}  // namespace sluice::dedupe
