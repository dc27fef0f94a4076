#include "services/classify_relevance/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "services/classify_relevance/topic_file.h"

namespace sluice::classify_relevance {
namespace {

using testing::HasSubstr;

class ModelTest : public testing::Test {
 protected:
  ModelTest()
      : topic_(ParseTopic("topic: t\nlanguages: [en]\nconcepts:\n  c: {terms: {en: [word]}}\n"
                          "anchors: [c]\n",
                          "t")
                   .value()),
        features_(topic_) {
    file_ = {{"topic", "t"},
             {"bias", {{"core", -1.0}, {"related", 1.0}}},
             {"unanchored", {{"core", 0.01}, {"related", 0.02}}},
             {"features", nlohmann::json::array()}};
    for (const Feature& feature : features_.features()) {
      file_["features"].push_back(
          {{"name", feature.name}, {"core", 1.0}, {"related", 0.0}, {"min", 0.0}, {"max", 2.0}});
    }
  }

  absl::StatusOr<Model> Parse() const {
    return Model::Parse(file_.dump(), "w.json", "t", features_);
  }

  Topic topic_;
  FeatureSet features_;
  nlohmann::json file_;
};

TEST_F(ModelTest, AddsUpAndHoldsValuesWithinWhatTrainingSaw) {
  const Model model = Parse().value();
  std::vector<float> values(features_.features().size(), 0);
  EXPECT_NEAR(model.Score(values).core, 1 / (1 + std::exp(1.0)), 1e-9);
  values[0] = 100;
  EXPECT_NEAR(model.Score(values).core, 1 / (1 + std::exp(-1.0)), 1e-9) << "counted as 2";
}

TEST_F(ModelTest, NeverFindsItMoreCoreThanRelated) {
  const Model model = Parse().value();
  const std::vector<float> values(features_.features().size(), 2);
  const Scores scores = model.Score(values);
  EXPECT_EQ(scores.related, scores.core);
}

TEST_F(ModelTest, TellsSharesThatMakeUpTheSum) {
  const Model model = Parse().value();
  std::vector<float> values(features_.features().size(), 1);
  double sum = 0;
  for (const double share : model.CoreShares(values, sum)) sum += share;
  EXPECT_NEAR(model.Score(values).core, 1 / (1 + std::exp(-sum)), 1e-6);
}

TEST_F(ModelTest, RefusesWeightsOfAnotherTopicOrAnotherList) {
  file_["features"][2]["name"] = "other";
  EXPECT_THAT(std::string(Parse().status().message()), HasSubstr("feature 2 is not the topic's"));
  file_["features"].erase(0);
  EXPECT_THAT(std::string(Parse().status().message()), HasSubstr("train the topic again"));
  file_["topic"] = "x";
  EXPECT_THAT(std::string(Parse().status().message()), HasSubstr("another topic"));
}

TEST_F(ModelTest, RefusesADamagedFile) {
  EXPECT_FALSE(Model::Parse("", "w", "t", features_).ok());
  EXPECT_FALSE(Model::Parse("[]", "w", "t", features_).ok());
  EXPECT_FALSE(Model::Parse("{\"topic\": 3, \"features\": []}", "w", "t", features_).ok());
  file_["bias"] = 3;
  EXPECT_FALSE(Parse().ok());
}

}  // namespace
}  // namespace sluice::classify_relevance
