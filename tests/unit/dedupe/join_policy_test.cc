#include "services/dedupe/join_policy.h"

#include <gtest/gtest.h>

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

TEST(JoinPolicyTest, NeedsNoTitles) {
  Evidence evidence = GoodCopy();
  evidence.title_shared = evidence.title_least = 0;
  EXPECT_EQ(Reason(evidence), JoinPolicy::kContained);
}

}  // namespace
}  // namespace sluice::dedupe
