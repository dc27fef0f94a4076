#include "services/classify_relevance/classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

namespace sluice::classify_relevance {
namespace {

using testing::HasSubstr;

std::string TopicPath(const std::string& name) {
  return std::string(SLUICE_SOURCE_DIR) + "/topics/" + name + ".yaml";
}

constexpr char kTitle[] = "Lawmakers pass bill against fentanyl trafficking";
constexpr char kText[] =
    "Lawmakers passed a bill on Thursday that adds money for naloxone and treatment and puts "
    "fentanyl copies into the strictest class of drugs. The government said that overdose deaths "
    "from synthetic opioids had fallen, but that the opioid crisis was far from over.\n"
    "The bill asks the ministry to agree with Beijing on controls of precursor chemicals.";
constexpr char kOther[] =
    "\nOther stories\nThe choir opened its season with a long encore.\nFerry delayed by fog; the "
    "band played on the pier until noon and nobody asked for the money back.\nMarket square gets "
    "new lamps after a vote in the council, and the old ones go to the museum by the river.";

class ClassifierTest : public testing::Test {
 protected:
  static const Classifier& Both() {
    static const std::unique_ptr<Classifier> both =
        Classifier::Open({TopicPath("fentanyl-policy"), TopicPath("wildfire-policy")}, {}).value();
    return *both;
  }
};

TEST_F(ClassifierTest, JudgesSeveralTopicsInOneRun) {
  const auto drugs = Both().Classify(kTitle, kText, "en");
  ASSERT_EQ(drugs.size(), 2U);
  EXPECT_EQ(drugs[0].topic(), "fentanyl-policy");
  EXPECT_GT(drugs[0].score(), 0.8);
  EXPECT_LT(drugs[1].score(), 0.1);
  const auto fires = Both().Classify("Governor signs wildfire code",
                                     "The governor signed a law on wildfires that pays for "
                                     "controlled burns and firebreaks.",
                                     "en");
  EXPECT_LT(fires[0].score(), 0.1);
  EXPECT_GT(fires[1].score(), 0.5);
}

TEST_F(ClassifierTest, GivesATopicTheSameScoreWhateverTopicsAreBesideIt) {
  const auto alone = Classifier::Open({TopicPath("wildfire-policy")}, {}).value();
  const std::string text = std::string(kText) + " Wildfires and a bill on controlled burns.";
  EXPECT_EQ(alone->Classify(kTitle, text, "en")[0].score(),
            Both().Classify(kTitle, text, "en")[1].score());
}

TEST_F(ClassifierTest, IsNotMovedByStoriesThatFollow) {
  const double clean = Both().Classify(kTitle, kText, "en")[0].score();
  std::string glued = kText;
  for (int i = 0; i < 8; ++i) {
    glued += kOther;
    const double score = Both().Classify(kTitle, glued, "en")[0].score();
    EXPECT_GE(score, 0.5) << i;
    EXPECT_NEAR(score, clean, 0.25) << i;
  }
}

TEST_F(ClassifierTest, DoesNotTakeALinkListForTheArticle) {
  std::string text;
  for (int i = 0; i < 6; ++i) text += kOther;
  text += "\nRelated\nFentanyl tariffs stay, says minister\nSenate votes on opioid bill";
  EXPECT_LT(Both().Classify("Choir opens season", text, "en")[0].score(), 0.5);
}

TEST_F(ClassifierTest, ShowsEvidenceWhereItStands) {
  const std::string title = "Éditorial: " + std::string(kTitle);
  const std::string text = "Déjà vu — " + std::string(kText);
  const auto match = Both().Classify(title, text, "en")[0];
  ASSERT_GT(match.evidence_size(), 3);
  for (const data::v1::Evidence& item : match.evidence()) {
    const std::string& source = item.zone() == data::v1::ZONE_TITLE ? title : text;
    EXPECT_EQ(source.substr(item.offset(), item.surface().size()), item.surface());
    EXPECT_FALSE(item.surface().empty());
    EXPECT_GT(item.weight(), 0);
  }
}

// A term may end within what one character was folded to; half of it could not be read again.
TEST_F(ClassifierTest, ShowsEvidenceInWholeCharacters) {
  const auto match =
      Both().Classify(kTitle, "The agency was awar\u01C5ed money for naloxone.", "en")[0];
  std::vector<std::string> surfaces;
  for (const data::v1::Evidence& item : match.evidence()) surfaces.push_back(item.surface());
  EXPECT_THAT(surfaces, testing::Contains("awar\u01C5ed"));
}

TEST_F(ClassifierTest, LeavesEvidenceOutBelowTheGivenScore) {
  EXPECT_EQ(Both().Classify(kTitle, kText, "en", 1.1)[0].evidence_size(), 0);
}

TEST_F(ClassifierTest, ExplainsAScoreByASumThatMakesIt) {
  const Explanation why = Both().Explain(0, kTitle, kText, "en");
  double sum = why.bias;
  for (const Explanation::Share& share : why.shares) sum += share.weight;
  EXPECT_NEAR(1 / (1 + std::exp(-sum)), why.scores.core, 1e-6);
  ASSERT_FALSE(why.marks.empty());
  EXPECT_TRUE(why.marks.front().in_title);
}

TEST_F(ClassifierTest, GivesFacets) {
  const auto match = Both().Classify(kTitle, kText, "en")[0];
  std::vector<std::string> instruments;
  for (const data::v1::Facet& facet : match.facets()) {
    if (facet.name() == "instrument") {
      instruments.assign(facet.values().begin(), facet.values().end());
    }
  }
  EXPECT_THAT(instruments, testing::Contains("legislation"));
}

TEST_F(ClassifierTest, AnswersTheSameFromManyThreads) {
  const double expected = Both().Classify(kTitle, kText, "en")[0].score();
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(Both().Classify(kTitle, kText, "en")[0].score(), expected);
      }
    });
  }
}

TEST_F(ClassifierTest, RefusesTwoTopicsOfOneNameAndNone) {
  EXPECT_THAT(
      std::string(Classifier::Open({TopicPath("wildfire-policy"), TopicPath("wildfire-policy")}, {})
                      .status()
                      .message()),
      HasSubstr("two topics have the name 'wildfire-policy'"));
  EXPECT_FALSE(Classifier::Open({}, {}).ok());
}

// A topic may change without its weights only where features stay the same.
TEST_F(ClassifierTest, RefusesWeightsOfAnOlderTopicFile) {
  LoadedTopic loaded = LoadTopic(TopicPath("wildfire-policy")).value();
  loaded.topic.concepts[0].name = "fire";
  std::vector<LoadedTopic> topics;
  topics.push_back(std::move(loaded));
  EXPECT_THAT(std::string(Classifier::Create(std::move(topics), {}).status().message()),
              HasSubstr("train the topic again"));
}

}  // namespace
}  // namespace sluice::classify_relevance
