#include "services/deboilerplate/confidence.h"

#include <gtest/gtest.h>

namespace sluice::deboilerplate {
namespace {

// A page of equal blocks, the first `kept` of which the model takes for story.
double Rightness(int blocks, int kept, float sureness, float doubt) {
  Page page;
  std::vector<Judgement> judgements;
  for (int i = 0; i < blocks; ++i) {
    Block block;
    block.stats.words = 60;
    page.blocks.push_back(block);
    Judgement judgement;
    judgement.kept = i < kept;
    judgement.story = i < kept ? sureness : doubt;
    judgement.first = judgement.story;
    judgements.push_back(judgement);
  }
  return ExpectedRightness(DescribeResult(page, LinkedData(), judgements));
}

TEST(ConfidenceTest, SureBlocksMakeSureArticles) {
  EXPECT_GT(Rightness(20, 10, 0.99F, 0.01F), 0.95);
  EXPECT_LT(Rightness(20, 10, 0.6F, 0.4F), 0.8);
  EXPECT_GT(Rightness(20, 10, 0.99F, 0.01F), Rightness(20, 10, 0.9F, 0.1F));
}

TEST(ConfidenceTest, WhatWasProbablyLeftOutCounts) {
  EXPECT_GT(Rightness(20, 10, 0.98F, 0.01F), Rightness(20, 10, 0.98F, 0.4F));
}

TEST(ConfidenceTest, APageWithoutTextHasLittle) { EXPECT_LT(Rightness(0, 0, 0, 0), 0.5); }

TEST(ConfidenceTest, EveryFeatureHasAName) {
  for (size_t i = 0; i < kConfidenceFeatures; ++i) EXPECT_FALSE(ConfidenceFeatureName(i).empty());
}

}  // namespace
}  // namespace sluice::deboilerplate
