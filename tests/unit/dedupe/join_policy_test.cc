#include "services/dedupe/join_policy.h"

#include <gtest/gtest.h>

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::dedupe {
namespace {

const JoinPolicy kPolicy(absl::Hours(96));

// A copy of 400 words that any rule takes; tests spoil it.
Evidence GoodCopy() {
  Evidence evidence;
  evidence.shorter_words = 400;
  evidence.longer_words = 420;
  evidence.covered_words = 380;
  evidence.names_shared = evidence.names_least = 20;
  evidence.figures_shared = evidence.figures_least = 6;
  evidence.title_shared = evidence.title_least = 7;
  return evidence;
}

std::string_view Reason(const Evidence& evidence, absl::Duration apart = absl::Hours(2),
                        bool same_site = false) {
  const Judgement judgement = kPolicy.Judge(evidence, {.apart = apart, .same_site = same_site});
  EXPECT_EQ(judgement.join, judgement.reason == JoinPolicy::kContained ||
                                judgement.reason == JoinPolicy::kSameNames ||
                                judgement.reason == JoinPolicy::kSameTitle ||
                                judgement.reason == JoinPolicy::kEdited ||
                                judgement.reason == JoinPolicy::kRepeated);
  return judgement.reason;
}

TEST(JoinPolicyTest, JoinsACopyNearAndLater) {
  EXPECT_EQ(Reason(GoodCopy()), JoinPolicy::kContained);
  EXPECT_EQ(Reason(GoodCopy(), absl::Hours(24 * 20)), JoinPolicy::kContained);
}

TEST(JoinPolicyTest, AsksForNamesWhereLittleOfTheTextIsShared) {
  Evidence evidence = GoodCopy();
  evidence.covered_words = 220;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kSameNames);
  evidence.names_shared = 5;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kTooLittle);
  evidence.names_shared = 8;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kSameTitle);
}

TEST(JoinPolicyTest, KeepsFormsAboutOtherFactsApart) {
  Evidence evidence = GoodCopy();
  evidence.shorter_words = 130;
  evidence.longer_words = 131;
  evidence.covered_words = 112;
  evidence.figure_conflicts = 4;
  evidence.name_conflicts = 2;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kOtherFigures);
  evidence.figure_conflicts = evidence.name_conflicts = 0;
  evidence.title_shared = 4;
  evidence.title_conflicts = 1;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kOtherSubject);
}

TEST(JoinPolicyTest, KeepsTablesOfOtherFiguresApart) {
  Evidence evidence = GoodCopy();
  evidence.shorter_words = 100;
  evidence.covered_words = 80;
  evidence.figure_words = 40;
  evidence.figures_least = 30;
  evidence.figures_shared = 24;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kOtherFigures);
  evidence.figures_shared = 28;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kContained);
}

TEST(JoinPolicyTest, TakesNoShortTextUnderAnotherTitle) {
  Evidence evidence = GoodCopy();
  evidence.shorter_words = evidence.longer_words = evidence.covered_words = 60;
  evidence.names_shared = evidence.names_least = 0;
  evidence.title_shared = 1;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kOtherTitle);
  evidence.names_shared = evidence.names_least = 8;  // Names tell a story from a box.
  EXPECT_EQ(Reason(evidence), JoinPolicy::kContained);
  EXPECT_EQ(Reason(evidence, absl::Hours(200)), JoinPolicy::kOtherTitle);
}

TEST(JoinPolicyTest, TakesNoNamelessTextOfOneSiteUnderAnotherTitle) {
  Evidence evidence = GoodCopy();
  evidence.names_shared = evidence.names_least = 2;
  evidence.title_shared = 0;
  EXPECT_EQ(Reason(evidence, absl::Hours(2), true), JoinPolicy::kOtherTitle);
  EXPECT_EQ(Reason(evidence, absl::Hours(2), false), JoinPolicy::kContained);
}

TEST(JoinPolicyTest, TakesAFewWordsOnlyUnderTheSameTitle) {
  Evidence evidence = GoodCopy();
  evidence.shorter_words = evidence.longer_words = evidence.covered_words = 20;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kContained);
  evidence.title_shared = 4;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kTooShort);
  evidence.title_shared = 7;
  evidence.shorter_words = evidence.longer_words = evidence.covered_words = 11;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kTooShort);
}

TEST(JoinPolicyTest, TakesATextEditedThroughoutOnlyUnderTheSameTitle) {
  Evidence evidence = GoodCopy();
  evidence.covered_words = 140;
  evidence.trigrams_shared = 140;
  evidence.blocks = 12;
  evidence.blocks_alike = 11;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kEdited);
  evidence.blocks_alike = 5;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kTooLittle);
  evidence.blocks_alike = 11;
  evidence.title_shared = 4;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kTooLittle);
}

TEST(JoinPolicyTest, TakesARegularAnnouncementForANewOneAfterAWhile) {
  Evidence evidence = GoodCopy();
  evidence.shorter_words = evidence.longer_words = evidence.covered_words = 50;
  evidence.names_shared = evidence.names_least = 4;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kContained);
  EXPECT_EQ(Reason(evidence, absl::Hours(24 * 14)), JoinPolicy::kLongAgo);
  evidence.figure_conflicts = 1;
  EXPECT_EQ(Reason(evidence, absl::Hours(48)), JoinPolicy::kOtherFigures);
}

// Evidence that suffices for a join, and what it is no more without.
struct Way {
  std::string_view reason;
  absl::Duration apart;
  Evidence evidence;
  std::vector<std::pair<std::string_view, std::function<void(Evidence&)>>> needs;
};

constexpr absl::Duration kNear = absl::Hours(2);
constexpr absl::Duration kLate = absl::Hours(24 * 14);

// Of 400 words, under titles of ten.
Evidence Of(size_t covered, size_t title, size_t names, size_t figures) {
  return {.shorter_words = 400,
          .longer_words = 400,
          .covered_words = covered,
          .names_shared = names,
          .names_least = 20,
          .figures_shared = figures,
          .figures_least = 20,
          .title_shared = title,
          .title_least = 10};
}

Evidence EditedThroughout() {
  Evidence evidence = Of(140, 9, 16, 16);
  evidence.trigrams_shared = 160;
  evidence.blocks = 10;
  evidence.blocks_alike = 9;
  return evidence;
}

std::vector<Way> Ways() {
  const std::pair less_text{"text", [](Evidence& e) { e.covered_words /= 2; }};
  const std::pair no_names{"names", [](Evidence& e) { e.names_shared /= 5; }};
  const std::pair no_figures{"figures", [](Evidence& e) { e.figures_shared /= 5; }};
  const std::pair other_title{"title", [](Evidence& e) { e.title_shared = 4; }};
  const std::pair other_names{"no conflicts", [](Evidence& e) { e.name_conflicts = 12; }};
  const std::pair a_few_names{"names enough",
                              [](Evidence& e) { e.names_shared = e.names_least = 4; }};
  const std::pair in_one_place{"spread", [](Evidence& e) { e.blocks_alike = 3; }};
  const std::pair no_trigrams{"trigrams", [](Evidence& e) { e.trigrams_shared = 40; }};
  Evidence brief = Of(400, 10, 20, 20);
  brief.shorter_words = brief.longer_words = brief.covered_words = 80;
  const std::pair another_name{"one name", [](Evidence& e) { e.name_conflicts = 1; }};
  const std::pair few_words{"words enough", [](Evidence& e) {
                              e.shorter_words = 180;
                              e.covered_words /= 2;
                              e.trigrams_shared /= 2;
                            }};
  return {
      {JoinPolicy::kContained,
       kNear,
       Of(380, 4, 6, 9),
       {less_text, no_names, no_figures, another_name}},
      {JoinPolicy::kContained,
       kNear,
       Of(380, 4, 8, 12),
       {less_text, no_names, no_figures, other_names}},
      {JoinPolicy::kSameNames,
       kNear,
       Of(280, 4, 20, 20),
       {less_text, no_names, no_figures, a_few_names, other_names}},
      {JoinPolicy::kSameNames,
       kNear,
       Of(220, 7, 20, 20),
       {less_text, no_names, no_figures, other_title, other_names}},
      {JoinPolicy::kSameTitle,
       kNear,
       Of(220, 10, 10, 20),
       {less_text, no_names, no_figures, other_title, other_names}},
      {JoinPolicy::kEdited,
       kNear,
       EditedThroughout(),
       {less_text, no_names, no_figures, other_title, other_names, in_one_place, no_trigrams}},
      {JoinPolicy::kContained,
       kLate,
       Of(380, 4, 12, 12),
       {less_text, no_names, no_figures, other_names}},
      {JoinPolicy::kSameTitle,
       kLate,
       Of(220, 10, 20, 20),
       {less_text, no_names, no_figures, other_title, other_names}},
      {JoinPolicy::kEdited,
       kLate,
       EditedThroughout(),
       {less_text, no_names, no_figures, other_title, other_names, in_one_place, no_trigrams,
        a_few_names, few_words}},
      {JoinPolicy::kRepeated,
       kLate,
       brief,
       {less_text, no_names, no_figures, other_title, other_names, a_few_names}},
  };
}

TEST(JoinPolicyTest, AsksAllThatItNeedsOfEachWayToAJoin) {
  for (const Way& way : Ways()) {
    EXPECT_EQ(Reason(way.evidence, way.apart), way.reason);
    for (const auto& [need, spoil] : way.needs) {
      Evidence evidence = way.evidence;
      spoil(evidence);
      EXPECT_FALSE(kPolicy.Judge(evidence, {.apart = way.apart}).join)
          << way.reason << " after " << way.apart << " without " << need;
    }
  }
}

TEST(JoinPolicyTest, TakesAShortTextUnderAnotherTitleOnlyForItsManyNames) {
  Evidence evidence = GoodCopy();
  evidence.shorter_words = evidence.longer_words = evidence.covered_words = 60;
  evidence.names_shared = evidence.names_least = 8;
  evidence.title_shared = 1;
  ASSERT_EQ(Reason(evidence), JoinPolicy::kContained);
  const auto without = [&](auto spoil) {
    Evidence spoilt = evidence;
    spoil(spoilt);
    return Reason(spoilt);
  };
  EXPECT_EQ(without([](Evidence& e) { e.names_shared = 6; }), JoinPolicy::kOtherTitle);
  EXPECT_EQ(without([](Evidence& e) { e.covered_words = 54; }), JoinPolicy::kOtherTitle);
  EXPECT_EQ(without([](Evidence& e) { e.shorter_words = e.covered_words = 40; }),
            JoinPolicy::kOtherTitle);
}

TEST(JoinPolicyTest, TakesATextOfOneSiteUnderAnotherTitleForItsManyNames) {
  Evidence evidence = GoodCopy();
  evidence.title_shared = 0;
  EXPECT_EQ(Reason(evidence, kNear, true), JoinPolicy::kContained);
  evidence.names_shared = 12;
  EXPECT_EQ(Reason(evidence, kNear, true), JoinPolicy::kOtherTitle);
  evidence.title_shared = evidence.title_least = 0;  // Untitled: nothing speaks against it.
  EXPECT_EQ(Reason(evidence, kNear, true), JoinPolicy::kContained);
}

TEST(JoinPolicyTest, TakesOtherTitleWordsWhereTheTitlesAgreeOrAllOfTheTextIsShared) {
  Evidence evidence = GoodCopy();
  evidence.title_conflicts = 1;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kContained);
  evidence.title_shared = 4;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kOtherSubject);
  evidence.covered_words = 396;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kContained);
}

TEST(JoinPolicyTest, TakesATableOfAFewOtherFiguresOnTheSameDayAlone) {
  Evidence evidence = GoodCopy();
  evidence.shorter_words = 100;
  evidence.covered_words = 95;
  evidence.figure_words = 40;
  evidence.figures_least = 30;
  evidence.figures_shared = 26;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kContained);
  EXPECT_EQ(Reason(evidence, absl::Hours(48)), JoinPolicy::kOtherFigures);
  evidence.title_shared = 4;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kOtherFigures);
  evidence.title_shared = 7;
  evidence.covered_words = 85;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kOtherFigures);
  evidence.covered_words = 70;
  evidence.figures_shared = 28;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kOtherFigures);
  evidence.figures_shared = 30;  // All of them.
  EXPECT_NE(Reason(evidence), JoinPolicy::kOtherFigures);
}

TEST(JoinPolicyTest, BearsAFigureCorrectedInALongTextOrOnTheSameDay) {
  Evidence evidence = GoodCopy();
  evidence.figure_conflicts = 2;
  EXPECT_EQ(Reason(evidence, absl::Hours(48)), JoinPolicy::kContained);
  evidence.figure_conflicts = 1;
  evidence.name_conflicts = 4;  // Names alone are written in many ways.
  EXPECT_EQ(Reason(evidence), JoinPolicy::kContained);
  evidence.name_conflicts = 0;
  evidence.shorter_words = evidence.longer_words = evidence.covered_words = 50;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kContained);
  EXPECT_EQ(Reason(evidence, absl::Hours(48)), JoinPolicy::kOtherFigures);
  evidence = GoodCopy();
  evidence.figure_conflicts = 3;  // Of 400 words: one in 133.
  EXPECT_EQ(Reason(evidence), JoinPolicy::kContained);
}

TEST(JoinPolicyTest, TakesNoOtherFigureForARepetitionAfterAWhile) {
  Evidence evidence = GoodCopy();
  evidence.figure_conflicts = 1;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kContained);
  EXPECT_EQ(Reason(evidence, kLate), JoinPolicy::kOtherFigures);
}

TEST(JoinPolicyTest, TellsWhatWouldHaveJoinedEarlierFromWhatNeverWould) {
  EXPECT_EQ(Reason(Of(280, 4, 20, 20), kLate), JoinPolicy::kLongAgo);
  EXPECT_EQ(Reason(Of(140, 4, 20, 20), kLate), JoinPolicy::kTooLittle);
}

TEST(JoinPolicyTest, NeedsNoTitles) {
  Evidence evidence = GoodCopy();
  evidence.title_shared = evidence.title_least = 0;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kContained);
  evidence.covered_words = 220;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kSameNames);
}

TEST(JoinPolicyTest, TakesATitleOfOneWordForNoTitleThatIsTheSame) {
  Evidence evidence = GoodCopy();
  evidence.covered_words = 220;
  evidence.names_shared = 8;
  ASSERT_EQ(Reason(evidence), JoinPolicy::kSameTitle);
  evidence.title_shared = evidence.title_least = 1;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kTooLittle);
}

}  // namespace
}  // namespace sluice::dedupe
