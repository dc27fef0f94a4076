#include "services/deboilerplate/text_stats.h"

#include <gtest/gtest.h>

namespace sluice::deboilerplate {
namespace {

TEST(TextStatsTest, CountsWordsAndSentences) {
  const TextStats stats =
      Measure("Ships left at 3.30 today. Nobody saw them, \u201Cnot one\u201D.");
  EXPECT_EQ(stats.words, 11U);
  EXPECT_EQ(stats.sentences, 2U);
  EXPECT_EQ(stats.commas, 1U);
  EXPECT_EQ(stats.digits, 3U);
  EXPECT_EQ(stats.ending, Ending::kSentence);
}

TEST(TextStatsTest, IdeographsCountHalfAWord) {
  const TextStats stats = Measure("\u8239\u53EA\u79BB\u5F00\u6E2F\u53E3\u3002");
  EXPECT_EQ(stats.cjk, 6U);
  EXPECT_EQ(stats.words, 3U);
  EXPECT_EQ(stats.sentences, 1U);
  EXPECT_EQ(stats.ending, Ending::kSentence);
}

TEST(TextStatsTest, EndingsAreTold) {
  EXPECT_EQ(Measure("Read more").ending, Ending::kNone);
  EXPECT_EQ(Measure("He said:").ending, Ending::kColon);
  EXPECT_EQ(Measure("and so on...").ending, Ending::kEllipsis);
  EXPECT_EQ(Measure("(\u201CIt is so.\u201D)").ending, Ending::kSentence);
}

TEST(TextStatsTest, CuesAreFoundWhateverTheCase) {
  const TextStats stats = Measure("SUBSCRIBE to our Newsletter");
  EXPECT_EQ(stats.cues[static_cast<size_t>(Cue::kSubscribe)], 2);
  EXPECT_EQ(Measure("\u76F8\u5173\u9605\u8BFB").cues[static_cast<size_t>(Cue::kRelated)], 2);
}

TEST(TextStatsTest, TheHashIgnoresCaseAndPunctuation) {
  EXPECT_EQ(Measure("All rights reserved.").hash, Measure("ALL RIGHTS - RESERVED").hash);
  EXPECT_NE(Measure("All rights reserved.").hash, Measure("All lefts reserved.").hash);
}

}  // namespace
}  // namespace sluice::deboilerplate
