// Short articles of our own in twelve languages, each with what it is: 2 the topic's subject, 1
// related, 0 neither.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "services/classify_relevance/classifier.h"

namespace sluice::classify_relevance {
namespace {

TEST(RelevanceGoldenTest, JudgesShortArticlesInAllLanguagesOfTheTopic) {
  const std::string root = SLUICE_SOURCE_DIR;
  const auto classifier = Classifier::Open({root + "/topics/fentanyl-policy.yaml"}, {}).value();
  std::ifstream cases(root + "/tests/golden/classify_relevance/cases.jsonl");
  std::string line;
  size_t count = 0;
  while (std::getline(cases, line)) {
    const nlohmann::json document = nlohmann::json::parse(line);
    const auto match = classifier->Classify(document["title"].get<std::string>(),
                                            document["text"].get<std::string>(),
                                            document["language"].get<std::string>())[0];
    const int expected = document["expect"];
    SCOPED_TRACE(document["id"].get<std::string>());
    if (expected == 2) {
      EXPECT_GE(match.score(), 0.5);
    } else if (expected == 1) {
      EXPECT_LT(match.score(), 0.5);
      EXPECT_GE(match.related(), 0.5);
    } else {
      EXPECT_LT(match.related(), 0.5);
    }
    ++count;
  }
  EXPECT_GE(count, 30U);
}

}  // namespace
}  // namespace sluice::classify_relevance
