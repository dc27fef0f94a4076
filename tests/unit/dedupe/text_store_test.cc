#include "services/dedupe/text_store.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <vector>

namespace sluice::dedupe {
namespace {

TEST(TextStoreTest, KeepsEveryTextWhereItIsUntilItIsForgotten) {
  TextStore store;
  std::mt19937_64 random(1);
  std::deque<std::pair<const WordCode*, std::vector<WordCode>>> live;
  for (int i = 0; i < 3000; ++i) {
    std::vector<WordCode> words(random() % 2000);
    for (WordCode& word : words) word = static_cast<WordCode>(random());
    const absl::Span<const WordCode> all(words);
    const size_t title = words.size() / 10;
    live.emplace_back(store.Add(all.subspan(title), all.subspan(0, title)), words);
    if (live.size() > 400) {
      const auto& [kept, was] = live.front();
      const size_t was_title = was.size() / 10;
      ASSERT_TRUE(std::equal(was.begin() + static_cast<ptrdiff_t>(was_title), was.end(), kept));
      ASSERT_TRUE(std::equal(was.begin(), was.begin() + static_cast<ptrdiff_t>(was_title),
                             kept + was.size() - was_title));
      store.Forget();
      live.pop_front();
    }
  }
}

TEST(TextStoreTest, HoldsATextThatIsLargerThanABlock) {
  TextStore store;
  const std::vector<WordCode> text(3 * TextStore::kBlockWords, 7);
  const WordCode* kept = store.Add(text, {9});
  EXPECT_TRUE(std::equal(text.begin(), text.end(), kept));
  EXPECT_EQ(kept[text.size()], 9);
}

TEST(TextStoreTest, GivesBackTheBlocksOfForgottenTexts) {
  TextStore store;
  const std::vector<WordCode> text(1000, 7);
  for (int i = 0; i < 20'000; ++i) {
    store.Add(text, {});
    if (i >= 500) store.Forget();
  }
  EXPECT_LE(store.blocks(), 500 * 1000 / TextStore::kBlockWords + 2);
  for (int i = 0; i < 500; ++i) store.Forget();
  EXPECT_EQ(store.blocks(), 0U);
}

}  // namespace
}  // namespace sluice::dedupe
