#include "services/deboilerplate/rhythm.h"

#include <gtest/gtest.h>

#include <string>

#include "services/deboilerplate/text_page.h"

namespace sluice::deboilerplate {
namespace {

TEST(RhythmTest, TeasersRepeatAndProseDoesNot) {
  std::string teasers;
  for (int i = 0; i < 12; ++i)
    teasers += "A headline of some six words\nWhat it is about, in one sentence.\n3 May\n";
  Page page;
  ReadPlainText(teasers, 100, page);
  Rhythm rhythm;
  rhythm.Learn(page);
  EXPECT_FLOAT_EQ(rhythm.Around(18)[2], 1.0F);
  EXPECT_FLOAT_EQ(rhythm.Around(18)[0], 0.0F);
  ReadPlainText(
      "One.\nTwo words here, no end\nThis sentence has nine words and ends here, surely.\n7", 100,
      page);
  rhythm.Learn(page);
  for (const float share : rhythm.Around(1)) EXPECT_FLOAT_EQ(share, 0.0F);
}

TEST(RhythmTest, APageWithoutBlocksIsNone) {
  Rhythm rhythm;
  rhythm.Learn(Page());
  SUCCEED();
}

}  // namespace
}  // namespace sluice::deboilerplate
