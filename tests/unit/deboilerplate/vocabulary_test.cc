#include "services/deboilerplate/vocabulary.h"

#include <gtest/gtest.h>

#include <vector>

#include "services/deboilerplate/text_page.h"

namespace sluice::deboilerplate {
namespace {

TEST(VocabularyTest, AStorysBlocksShareItsWordsAndOthersDoNot) {
  Page page;
  ReadPlainText(
      "The harbour of Oslo was closed on Monday.\nOslo opened its Harbour again.\n"
      "Football: striker leaves champions\nTo be.",
      100, page);
  const std::vector<float> guess = {0.9F, 0.9F, 0.1F, 0.1F};
  Vocabulary vocabulary;
  vocabulary.Learn(page, guess, 0.5F);
  // opened, harbour, again: the second block has these of its own.
  EXPECT_FLOAT_EQ(vocabulary.Compare(page, 1).share, 1.0F / 3);
  EXPECT_FLOAT_EQ(vocabulary.Compare(page, 2).share, 0.0F);
  EXPECT_FLOAT_EQ(vocabulary.Compare(page, 2).words, 4.0F);
  EXPECT_FLOAT_EQ(vocabulary.Compare(page, 3).share, -1.0F);
}

TEST(VocabularyTest, IdeographsCountInPairs) {
  Page page;
  ReadPlainText("気象庁は発表した\n気象庁", 100, page);
  const std::vector<float> guess = {0.9F, 0.1F};
  Vocabulary vocabulary;
  vocabulary.Learn(page, guess, 0.5F);
  EXPECT_FLOAT_EQ(vocabulary.Compare(page, 1).share, 1.0F);
  EXPECT_FLOAT_EQ(vocabulary.Compare(page, 1).words, 2.0F);
}

}  // namespace
}  // namespace sluice::deboilerplate
