#include "services/classify_relevance/features.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "services/classify_relevance/topic_file.h"

namespace sluice::classify_relevance {
namespace {

constexpr char kTopic[] = R"(topic: t
languages: [en]
zones: {lead_bytes: 100, top_bytes: 300, passage_bytes: 200}
concepts:
  drug: {terms: {en: [drug, opioid]}}
  law: {terms: {en: [bill]}}
  place: {scores: false, terms: {en: [river]}}
groups:
  subject: [drug]
anchors: [drug]
crosses:
  - [subject, law]
)";

class FeaturesTest : public testing::Test {
 protected:
  FeaturesTest() : topics_{ParseTopic(kTopic, "t").value()}, features_(topics_[0]) {
    lexicon_ = Lexicon::Create(topics_).value();
  }

  void Measure(std::string_view title, std::string_view text) {
    Passage passage;
    lexicon_->Find(title, text, "en", passage);
    features_.Measure(passage, passage.hits[0], values_);
    anchored_ = features_.Anchored(passage.hits[0]);
    ASSERT_EQ(values_.size(), features_.features().size());
  }

  float Value(std::string_view name) const {
    for (size_t i = 0; i < values_.size(); ++i) {
      if (features_.features()[i].name == name) return values_[i];
    }
    ADD_FAILURE() << "no feature " << name;
    return 0;
  }

  std::vector<Topic> topics_;
  FeatureSet features_;
  std::unique_ptr<Lexicon> lexicon_;
  std::vector<float> values_;
  bool anchored_ = false;
};

TEST_F(FeaturesTest, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Feature& feature : features_.features()) {
    EXPECT_TRUE(names.insert(feature.name).second) << feature.name;
  }
  EXPECT_FALSE(names.contains("place.title")) << "a concept that does not score";
}

TEST_F(FeaturesTest, CountByZone) {
  Measure("Drug bill",
          "The drug. " + std::string(150, 'x') + " drug " + std::string(300, 'x') + " opioid");
  EXPECT_EQ(Value("drug.title"), 1);
  EXPECT_FLOAT_EQ(Value("drug.lead"), std::log1p(1.0F));
  EXPECT_FLOAT_EQ(Value("drug.top"), std::log1p(2.0F));
  EXPECT_EQ(Value("subject.all>=2"), 1);
  EXPECT_EQ(Value("subject.all>=5"), 0);
  EXPECT_EQ(Value("subject+law.title"), 1);
  EXPECT_TRUE(anchored_);
}

TEST_F(FeaturesTest, SeeWhatMeetsInOnePassage) {
  Measure("x", "The bill on the drug");
  EXPECT_EQ(Value("subject+law.title"), 0);
  EXPECT_EQ(Value("subject+law.lead"), 1);
  EXPECT_EQ(Value("subject+law.cover"), 1);
  Measure("x", "The bill " + std::string(250, 'x') + " drug");
  EXPECT_EQ(Value("subject+law.lead"), 0);
  EXPECT_EQ(Value("subject+law.cover"), 0);
  Measure("x", "drug bill " + std::string(300, 'x'));
  EXPECT_FLOAT_EQ(Value("subject+law.cover"), 0.5F);
}

TEST_F(FeaturesTest, CountLessWhatStandsFurtherOn) {
  Measure("x", "drug drug " + std::string(20'000, 'x'));
  const float near = Value("subject.count");
  EXPECT_EQ(Value("subject.count>=1"), 1);
  Measure("x", std::string(20'000, 'x') + " drug drug");
  EXPECT_LT(Value("subject.count"), near / 100);
  EXPECT_EQ(Value("subject.count>=0.4"), 0);
  EXPECT_EQ(Value("subject.all>=2"), 1);
}

TEST_F(FeaturesTest, TakeTheFirstWordsForAHeadlineWhereThereIsNone) {
  Measure("", "Drug bill passes. " + std::string(300, 'x') + " drug");
  EXPECT_EQ(Value("drug.title"), 1);
  EXPECT_EQ(Value("text.has_title"), 0);
}

TEST_F(FeaturesTest, FindTheDensestSection) {
  Measure("x", std::string(3000, 'x') + " drug drug drug drug " + std::string(3000, 'x') + " drug");
  EXPECT_FLOAT_EQ(Value("subject.peak"), std::log1p(4.0F));
  EXPECT_FLOAT_EQ(Value("subject.places"), std::log1p(2.0F));
}

TEST_F(FeaturesTest, AreFiniteForAnyLength) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{399}, size_t{401}, size_t{59'000}}) {
    Measure("", std::string(size, ' ') + "drug");
    for (const float value : values_) ASSERT_TRUE(std::isfinite(value));
  }
  Measure("", "");
  EXPECT_FALSE(anchored_);
}

}  // namespace
}  // namespace sluice::classify_relevance
