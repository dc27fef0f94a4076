#include "services/dedupe/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::dedupe {
namespace {

Words Tokenize(std::string_view text, size_t words_max = 1000) {
  Words words;
  Tokenizer(words_max).Tokenize(text, words);
  return words;
}

std::vector<WordCode> Hashes(std::string_view text) {
  std::vector<WordCode> codes = Tokenize(text).codes;
  for (WordCode& code : codes) code &= kWordHash;
  return codes;
}

TEST(TokenizerTest, TakesTheSameTextForTheSameWhateverItsCaseSpacingAndPunctuation) {
  EXPECT_EQ(Hashes("The port was CLOSED, he said."), Hashes("the  port\nwas closed - he said"));
  EXPECT_EQ(Tokenize("A port - closed").hash, Tokenize("a PORT: closed!").hash);
  EXPECT_NE(Tokenize("a port closed").hash, Tokenize("a closed port").hash);
}

TEST(TokenizerTest, TakesTypographicSignsForPlainOnes) {
  EXPECT_EQ(Hashes("He didn't say \"no\" - yet"),
            Hashes("He didn\u2019t say \u201cno\u201d \u2014 yet"));
  EXPECT_EQ(Hashes("five\u00a0kilos"), Hashes("five kilos"));
}

TEST(TokenizerTest, FoldsAccentsWidthAndLigaturesAsNfkcDoes) {
  EXPECT_EQ(Hashes("A\u00d1O ma\u00f1ana"), Hashes("ano man\u0303ana"));  // Composed, decomposed.
  EXPECT_EQ(Hashes("\uff26\uff45\uff4e\uff54\uff41\uff4e\uff59\uff4c"), Hashes("fentanyl"));
  EXPECT_EQ(Hashes("o\ufb03cer"), Hashes("officer"));
  EXPECT_EQ(Hashes("Stra\u00dfe"), Hashes("STRASSE"));
  EXPECT_EQ(Hashes("\u0421\u041b\u041e\u0412\u041e"), Hashes("\u0441\u043b\u043e\u0432\u043e"));
  EXPECT_EQ(Hashes("news\u00adpaper\u200b"), Hashes("newspaper"));  // Soft hyphen, zero width.
}

TEST(TokenizerTest, MarksNamesAndFigures) {
  const std::vector<WordCode> codes =
      Tokenize("Officers met Karla Voss. They found 1,250.50 grams on 3rd street").codes;
  std::vector<size_t> names;
  std::vector<size_t> figures;
  for (size_t i = 0; i < codes.size(); ++i) {
    if ((codes[i] & kName) != 0) names.push_back(i);
    if ((codes[i] & kFigure) != 0) figures.push_back(i);
  }
  EXPECT_THAT(names, testing::ElementsAre(2, 3));
  EXPECT_THAT(figures, testing::ElementsAre(6, 9));
}

TEST(TokenizerTest, KeepsAFigureTogetherButNotASentenceThatEndsWithOne) {
  EXPECT_EQ(Tokenize("1,250.50").total, 1U);
  EXPECT_EQ(Tokenize("in 1987. 1988 was").total, 4U);
  EXPECT_EQ(Tokenize("3,").total, 1U);
}

TEST(TokenizerTest, CutsScriptsWithoutSpacesIntoPairsOfCharacters) {
  // Han, kana, Thai.
  for (const std::string_view text :
       {"\u82ac\u592a\u5c3c\u653f\u7b56", "\u3042\u3044\u3046\u3048\u304a",
        "\u0e01\u0e02\u0e04\u0e07\u0e08"}) {
    EXPECT_EQ(Tokenize(text).total, 5U) << text;
  }
  // The same pair in other surroundings is the same word.
  EXPECT_EQ(Hashes("\u82ac\u592a\u5c3c")[2], Hashes("\u7684\u592a\u5c3c")[2]);
  EXPECT_NE(Hashes("\u82ac\u592a")[1], Hashes("\u7684\u592a")[1]);
}

TEST(TokenizerTest, MixesScriptsInOneText) {
  EXPECT_EQ(Tokenize("DEA \u82ac\u592a\u5c3c 2kg").total, 5U);
  EXPECT_EQ(Tokenize("\u041c\u043e\u0441\u043a\u0432\u0430 \u05e9\u05dc\u05d5\u05dd "
                     "\u0633\u0644\u0627\u0645 \uc548\ub155")
                .total,
            4U);
}

TEST(TokenizerTest, TakesAnyBytes) {
  EXPECT_EQ(Tokenize("").total, 0U);
  EXPECT_EQ(Tokenize(std::string_view("\0\0\0", 3)).total, 0U);
  EXPECT_EQ(Hashes("one\xff\xfetwo"), Hashes("one two"));
  EXPECT_EQ(Hashes("one \xe2\x82"), Hashes("one"));              // Cut off.
  EXPECT_EQ(Hashes("one \xc0\xaf two"), Hashes("one two"));      // Overlong.
  EXPECT_EQ(Hashes("one \xed\xa0\x80 two"), Hashes("one two"));  // Surrogate.
}

TEST(TokenizerTest, CountsWordsBeyondItsLimitForTheHashAlone) {
  const Words cut = Tokenize("one two three four", 2);
  EXPECT_EQ(cut.codes.size(), 2U);
  EXPECT_EQ(cut.total, 4U);
  EXPECT_EQ(cut.hash, Tokenize("one two three four").hash);
}

TEST(TokenizerTest, HasNoHashForNoWords) { EXPECT_EQ(Tokenize(" .,").hash, base::Hash128()); }

}  // namespace
}  // namespace sluice::dedupe
