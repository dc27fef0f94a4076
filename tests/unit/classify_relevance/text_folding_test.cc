#include "services/classify_relevance/text_folding.h"

#include <gtest/gtest.h>

#include <random>

namespace sluice::classify_relevance {
namespace {

TEST(TextFoldingTest, TakesAwayCaseAccentsAndTypography) {
  EXPECT_EQ(Fold("Crème BRÛLÉE"), "creme brulee");
  EXPECT_EQ(Fold("Straße, Łódź, Ærø"), "strasse, lodz, aero");
  EXPECT_EQ(Fold("it’s “so”"), "it's \"so\"");
  EXPECT_EQ(Fold("drug-free\tzone\u00a0now"), "drug free zone now");
  EXPECT_EQ(Fold("ЗАКОН Ёлка"), "закон елка");
  EXPECT_EQ(Fold("ＦＵＬＬ"), "full");
}

TEST(TextFoldingTest, KeepsCombiningMarksOutWhicheverFormTheyCameIn) {
  EXPECT_EQ(Fold("e\u0301te\u0301"), "ete");
}

TEST(TextFoldingTest, WritesTraditionalAndJapaneseHanAsSimplified) {
  EXPECT_EQ(Fold("關稅與毒品"), Fold("关税与毒品"));
  EXPECT_EQ(Fold("麻薬対策"), Fold("麻药対策").substr(0, 6) + Fold("対策"));
}

TEST(TextFoldingTest, LeavesLineBreaksAndOtherScriptsAlone) {
  EXPECT_EQ(Fold("한국\n日本"), "한국\n日本");
}

TEST(TextFoldingTest, PutsASpaceForBytesThatAreNoUtf8) {
  EXPECT_EQ(Fold("a\xff"
                 "b\xc3"),
            "a b ");
}

TEST(TextFoldingTest, FindsTheWayBackToTheOriginal) {
  const std::string original = "Édité à l’Été: l’héroïne — et la suite d’une très longue phrase";
  FoldedText folded;
  folded.Append(original);
  const size_t at = folded.text().find("heroine");
  ASSERT_NE(at, std::string::npos);
  const uint32_t begin = folded.OriginalOffset(static_cast<uint32_t>(at));
  const uint32_t end = folded.OriginalOffset(static_cast<uint32_t>(at + 7));
  EXPECT_EQ(original.substr(begin, end - begin), "héroïne");
}

TEST(TextFoldingTest, CountsOffsetsOverAllInputs) {
  FoldedText folded;
  folded.Append("é");
  folded.Append("\n");
  folded.Append("naïf x");
  EXPECT_EQ(folded.text(), "e\nnaif x");
  EXPECT_EQ(folded.OriginalOffset(7), 9U);
}

// The fast path for ASCII and the slow one agree wherever the text is cut.
TEST(TextFoldingTest, DoesNotDependOnWhereBlocksBegin) {
  const uint32_t seed = 20261122;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  static const char* const kPieces[] = {"A", "b-", "É", "’", "毒", "Z ", "_", "\xff", "ж", "0"};
  for (int round = 0; round < 200; ++round) {
    std::string text;
    std::string expected;
    for (size_t i = 0, n = random() % 120; i < n; ++i) {
      const char* piece = kPieces[random() % std::size(kPieces)];
      text += piece;
      expected += Fold(piece);
    }
    ASSERT_EQ(Fold(text), expected) << text;
  }
}

}  // namespace
}  // namespace sluice::classify_relevance
