#include "services/classify_relevance/classify_relevance_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::classify_relevance {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

absl::StatusOr<std::string> Found(const std::string& path) { return "/data/" + path; }

TEST(ClassifyRelevanceOptionsTest, HasADefaultTopic) {
  const auto options = MakeClassifyRelevanceOptions({}, Found);
  ASSERT_TRUE(options.ok());
  EXPECT_THAT(options->topic_files, ElementsAre("/data/topics/fentanyl-policy.yaml"));
  EXPECT_FALSE(options->publish_score_min.has_value());
  EXPECT_EQ(options->article_memory, absl::Hours(24 * 90));
}

TEST(ClassifyRelevanceOptionsTest, NamesTheSettingThatIsOutOfRange) {
  config::v1::ClassifyRelevance config;
  config.set_publish_score_min(1.5);
  EXPECT_THAT(std::string(MakeClassifyRelevanceOptions(config, Found).status().message()),
              HasSubstr("publish_score_min is 1.5"));
  config.set_publish_score_min(0.5);
  config.set_retract_score_min(-0.1);
  EXPECT_THAT(std::string(MakeClassifyRelevanceOptions(config, Found).status().message()),
              HasSubstr("retract_score_min is -0.1"));
  config.set_retract_score_min(0.25);
  config.set_evidence_max(101);
  EXPECT_THAT(std::string(MakeClassifyRelevanceOptions(config, Found).status().message()),
              HasSubstr("evidence_max is 101; it must be from 0 to 100"));
  config.set_evidence_max(100);
  config.mutable_article_memory()->set_seconds(3599);
  EXPECT_THAT(std::string(MakeClassifyRelevanceOptions(config, Found).status().message()),
              HasSubstr("article_memory is 59m59s; it must be at least 1h"));
}

TEST(ClassifyRelevanceOptionsTest, TakesEachKeyForItsOwnOptionToTheEndsOfItsRange) {
  config::v1::ClassifyRelevance config;
  config.add_topics("a.yaml");
  config.set_publish_score_min(1);
  config.set_retract_score_min(0);
  config.set_evidence_max(100);
  config.mutable_article_memory()->set_seconds(3600);
  const auto options = MakeClassifyRelevanceOptions(config, Found);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_THAT(options->topic_files, ElementsAre("/data/a.yaml"));
  EXPECT_EQ(options->publish_score_min, 1);
  EXPECT_EQ(options->retract_score_min, 0);
  EXPECT_EQ(options->evidence_max, 100);
  EXPECT_EQ(options->article_memory, absl::Hours(1));
}

TEST(ClassifyRelevanceOptionsTest, SaysWhichTopicFileIsMissing) {
  const auto missing = [](const std::string& path) -> absl::StatusOr<std::string> {
    return absl::NotFoundError("no " + path);
  };
  const absl::Status status = MakeClassifyRelevanceOptions({}, missing).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("fentanyl-policy"));
}

}  // namespace
}  // namespace sluice::classify_relevance
