#include "services/dedupe/similarity.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "services/dedupe/fingerprint.h"
#include "tests/unit/dedupe/sample_texts.h"

namespace sluice::dedupe {
namespace {

Evidence Compare(std::string_view title_a, std::string_view a, std::string_view title_b,
                 std::string_view b) {
  const Fingerprinter fingerprinter{FingerprintOptions()};
  Fingerprint of_a;
  Fingerprint of_b;
  fingerprinter.Make(title_a, a, of_a);
  fingerprinter.Make(title_b, b, of_b);
  Comparison comparison;
  comparison.Begin({.words = of_a.text.codes, .title = of_a.title.codes});
  return comparison.Compare({.words = of_b.text.codes, .title = of_b.title.codes});
}

Evidence Compare(std::string_view a, std::string_view b) { return Compare("", a, "", b); }

TEST(ComparisonTest, CoversAllOfATextThatIsTheSameOrAPart) {
  const std::string text = SampleTexts(1).Article(200);
  EXPECT_EQ(Compare(text, text).coverage(), 1);
  const Evidence part = Compare(text, SampleTexts::Abridged(text, 0.4));
  EXPECT_EQ(part.coverage(), 1);
  EXPECT_LT(part.shorter_words, part.longer_words);
  EXPECT_EQ(part.covered_words, part.shorter_words);
}

TEST(ComparisonTest, CountsWordsInRunsOfFive) {
  const Evidence evidence = Compare("one two three four five six seven eight nine ten",
                                    "one two three four five SIX other other other ten more more");
  EXPECT_EQ(evidence.shorter_words, 10U);
  EXPECT_EQ(evidence.covered_words, 6U);
}

TEST(ComparisonTest, IsTheSameBothWays) {
  SampleTexts texts(2);
  const std::string a = texts.Article(150);
  const std::string b = texts.Edited(SampleTexts::Abridged(a, 0.5), 0.1) + texts.Sentence();
  const Evidence there = Compare("x y", a, "x z", b);
  const Evidence back = Compare("x z", b, "x y", a);
  EXPECT_EQ(there.covered_words, back.covered_words);
  EXPECT_EQ(there.names_shared, back.names_shared);
  EXPECT_EQ(there.figures_least, back.figures_least);
  EXPECT_EQ(there.title_conflicts, back.title_conflicts);
}

TEST(ComparisonTest, TellsOneFigureOrNameInPlaceOfAnother) {
  const Evidence evidence = Compare(
      "Officers at the port of entry seized 21 pounds of powder on Monday from Karla Voss of the "
      "town across the river there",
      "Officers at the port of entry seized 48 pounds of powder on Monday from Viggo Lund of the "
      "town across the river there");
  EXPECT_EQ(evidence.figure_conflicts, 1U);
  EXPECT_EQ(evidence.name_conflicts, 1U);
  EXPECT_EQ(Compare("the price of the ton rose to 12 from nine the day before",
                    "the price of the ton rose to twelve from nine the day before")
                .figure_conflicts,
            0U);
}

TEST(ComparisonTest, CountsTheDistinctNamesAndFiguresThatBothHave) {
  const std::string_view a =
      "Officers met Karla Voss and later Karla Voss met Viggo Lund at 9 with 21 pounds or 21 bags";
  const std::string_view b =
      "Officers met Karla Voss and later Karla Voss met Rolf at 9 with 48 pounds or 48 bags in 3 "
      "cars";
  for (const Evidence& evidence : {Compare(a, b), Compare(b, a)}) {
    EXPECT_EQ(evidence.names_shared, 2U);
    EXPECT_EQ(evidence.names_least, 3U);
    EXPECT_EQ(evidence.figures_shared, 1U);
    EXPECT_EQ(evidence.figures_least, 2U);
    EXPECT_EQ(evidence.figure_words, 3U) << "of the shorter text, repeated ones too";
  }
}

TEST(ComparisonTest, TakesForAConflictOnlyWhatStandsInPlaceOfAnother) {
  const auto between = [](std::string_view a, std::string_view b) {
    const auto text = [](std::string_view gap) {
      return fmt::format("one two three four five {} six seven eight nine ten", gap);
    };
    const Evidence evidence = Compare(text(a), text(b));
    return std::pair(evidence.figure_conflicts, evidence.name_conflicts);
  };
  EXPECT_EQ(between("21", "48"), std::pair(1UL, 0UL));
  EXPECT_EQ(between("Voss", "Lund"), std::pair(0UL, 1UL));
  EXPECT_EQ(between("21", "some"), std::pair(0UL, 0UL));
  EXPECT_EQ(between("some", "21"), std::pair(0UL, 0UL));
  EXPECT_EQ(between("21", ""), std::pair(0UL, 0UL));
  EXPECT_EQ(between("21 or 22", "48 or 21"), std::pair(0UL, 0UL)) << "one is the same";
  EXPECT_EQ(between("21 or 22", "48 or 49"), std::pair(1UL, 0UL)) << "figures, not words";
  // The longer what stands between, the less it speaks of the same thing.
  std::string words;
  for (int i = 0; i < 20; ++i) words += "such ";
  EXPECT_EQ(between(words + "21", "48"), std::pair(1UL, 0UL));
  EXPECT_EQ(between(words + words + "21", "48"), std::pair(0UL, 0UL));
  EXPECT_EQ(between("48", words + words + "21"), std::pair(0UL, 0UL));
}

// What is kept of a text is of this text alone.
TEST(ComparisonTest, ServesOneTextAfterAnother) {
  SampleTexts texts(5);
  const std::string article = texts.Article(300);
  const std::string other = texts.Article(250);
  const std::vector<std::pair<std::string, std::string>> documents = {
      {texts.Title(), article},
      {texts.Title(), texts.Edited(article, 0.25)},
      {"", SampleTexts::Abridged(article, 0.3) + other},
      {texts.Title(), other},
      {texts.Title(), texts.Edited(other, 0.25)},
      {"", ""},
      {"a title", "some words in a row that are few"}};
  const Fingerprinter fingerprinter{FingerprintOptions()};
  std::vector<Fingerprint> prints(documents.size());
  for (size_t i = 0; i < documents.size(); ++i) {
    fingerprinter.Make(documents[i].first, documents[i].second, prints[i]);
  }
  const auto view = [](const Fingerprint& print) {
    return TextView{.words = print.text.codes, .title = print.title.codes};
  };
  Comparison lasting;
  for (const Fingerprint& own : prints) {
    lasting.Begin(view(own));
    for (const Fingerprint& against : prints) {
      Comparison fresh;
      fresh.Begin(view(own));
      const Evidence expected = fresh.Compare(view(against));
      EXPECT_EQ(lasting.Compare(view(against)), expected);
      EXPECT_EQ(lasting.TitleShare(view(against)), expected.title());
    }
  }
}

TEST(ComparisonTest, TellsTitlesThatNameOtherThings) {
  const Evidence evidence =
      Compare("Norden issues bond", "Norden said that it issues a bond of two million today",
              "Suden issues bond", "Suden said that it issues a bond of two million today");
  EXPECT_EQ(evidence.title_conflicts, 1U);
  EXPECT_EQ(evidence.title_shared, 2U);
  EXPECT_EQ(evidence.title_least, 3U);
  // A copy under another headline names nothing that its twin lacks.
  EXPECT_EQ(
      Compare("Norden issues bond", "Norden said that it issues a bond of two million today",
              "Two million for Norden", "Norden said that it issues a bond of two million today")
          .title_conflicts,
      0U);
  // Nor does a headline in words that no text has, or a text so long that it has all words anyway.
  const std::string_view bond = "They said that it issues a bond of two million today";
  EXPECT_EQ(Compare("Norden issues bond", bond, "Suden issues bond", bond).title_conflicts, 0U);
  const std::string rest = SampleTexts(6).Article(Comparison::kTitledWordsMax);
  EXPECT_EQ(Compare("Norden issues bond", "Norden said that it issues a bond. " + rest,
                    "Suden issues bond", "Suden said that it issues a bond. " + rest)
                .title_conflicts,
            0U);
}

TEST(ComparisonTest, SeesATextThatWasEditedThroughout) {
  SampleTexts texts(3);
  const std::string text = texts.Article(400);
  const Evidence edited = Compare(text, texts.Edited(text, 0.25));
  EXPECT_LT(edited.coverage(), Comparison::kEditedBelow);
  EXPECT_GT(edited.trigrams(), 0.3);
  EXPECT_GT(edited.spread(), 0.7);
  // As much shared, but in one place: another article with a long quotation.
  const Evidence quoting = Compare(text, SampleTexts::Abridged(text, 0.3) + texts.Article(280));
  EXPECT_LT(quoting.coverage(), Comparison::kEditedBelow);
  EXPECT_LT(quoting.spread(), 0.5);
}

TEST(ComparisonTest, FindsNothingInWhatIsTooShort) {
  EXPECT_EQ(Compare("", "").coverage(), 0);
  EXPECT_EQ(Compare("one two", "one three").coverage(), 0);
  EXPECT_EQ(Compare("one", SampleTexts(4).Article(100)).coverage(), 0);
}

}  // namespace
}  // namespace sluice::dedupe
