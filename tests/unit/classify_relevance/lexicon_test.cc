#include "services/classify_relevance/lexicon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "services/classify_relevance/topic_file.h"

namespace sluice::classify_relevance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kTopic[] = R"(topic: test
languages: [en, es, zh]
concepts:
  opioid: {terms: {any: [opioid*], en: [heroin], es: [heroina], zh: [海洛因]}}
  trade: {terms: {en: [drug trafficking, trafficking, drug]}}
  figure: {masks: true, terms: {en: [digital opioid, drug of choice]}}
  law: {terms: {en: ["*law", ley]}}
anchors: [opioid]
)";

class LexiconTest : public testing::Test {
 protected:
  LexiconTest() : topics_{ParseTopic(kTopic, "t").value()} {
    lexicon_ = Lexicon::Create(topics_).value();
  }

  // Concept and folded surface of each hit.
  std::vector<std::string> Found(std::string_view text, std::string_view language = "en",
                                 std::string_view title = "") {
    Passage passage;
    lexicon_->Find(title, text, language, passage);
    std::vector<std::string> found;
    for (const Hit& hit : passage.hits[0]) {
      found.push_back(topics_[0].concepts[hit.concept_index].name + ":" +
                      passage.folded.text().substr(hit.begin, hit.end - hit.begin));
    }
    return found;
  }

  std::vector<Topic> topics_;
  std::unique_ptr<Lexicon> lexicon_;
};

TEST_F(LexiconTest, FindsWholeWordsInAlphabeticScripts) {
  EXPECT_THAT(Found("Heroin, not heroine; antiheroin"), ElementsAre("opioid:heroin"));
  EXPECT_THAT(Found("жheroin heroinж"), IsEmpty());
}

TEST_F(LexiconTest, FindsOpenTermsInLongerWords) {
  EXPECT_THAT(Found("opioids bylaw lawful"), ElementsAre("opioid:opioid", "law:law"));
}

TEST_F(LexiconTest, KnowsNoWordBoundariesInHan) {
  EXPECT_THAT(Found("打击海洛因走私", "zh"), ElementsAre("opioid:海洛因"));
  EXPECT_THAT(Found("非法opioid危机", "zh"), ElementsAre("opioid:opioid"));
}

TEST_F(LexiconTest, CountsTermsOfTheDocumentsLanguageOnly) {
  EXPECT_THAT(Found("la heroína", "es"), ElementsAre("opioid:heroina"));
  EXPECT_THAT(Found("la heroína", "en"), IsEmpty());
  EXPECT_THAT(Found("la heroína", "es-MX"), ElementsAre("opioid:heroina"));
}

TEST_F(LexiconTest, CountsAllTermsWhereTheLanguageIsUnknown) {
  EXPECT_THAT(Found("la heroína", ""), ElementsAre("opioid:heroina"));
  EXPECT_THAT(Found("la heroína", "sv"), ElementsAre("opioid:heroina"));
}

TEST_F(LexiconTest, LetsTheLongestOfAConceptStand) {
  EXPECT_THAT(Found("drug trafficking"), ElementsAre("trade:drug trafficking"));
  EXPECT_THAT(Found("Drug-trafficking"), ElementsAre("trade:drug trafficking"));
}

TEST_F(LexiconTest, DropsHitsInsideAMaskingTerm) {
  EXPECT_THAT(Found("a digital opioid, her drug of choice"),
              ElementsAre("figure:digital opioid", "figure:drug of choice"));
}

TEST_F(LexiconTest, DoesNotJoinTitleAndText) {
  EXPECT_THAT(Found("trafficking", "en", "drug"), ElementsAre("trade:drug", "trade:trafficking"));
}

TEST_F(LexiconTest, ReadsNoFurtherThanItsLimit) {
  topics_[0].zones.text_bytes_max = 100;
  lexicon_ = Lexicon::Create(topics_).value();
  EXPECT_THAT(Found(std::string(100, ' ') + "heroin"), IsEmpty());
}

// The automaton against a search for one literal after the other.
TEST(TermMatcherTest, FindsWhatANaiveSearchFinds) {
  const uint32_t seed = 4711;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto word = [&](size_t most) {
    std::string text;
    for (size_t i = 0, n = 1 + random() % most; i < n; ++i)
      text += static_cast<char>('a' + random() % 3);
    return text;
  };
  for (int round = 0; round < 30; ++round) {
    std::vector<std::string> literals;
    for (int i = 0; i < 40; ++i) {
      std::string literal = word(6);
      if (i % 5 == 0) literal.append(" ").append(word(3));
      if (std::find(literals.begin(), literals.end(), literal) == literals.end()) {
        literals.push_back(std::move(literal));
      }
    }
    std::string text = word(200);
    text.append(" ").append(word(300));
    std::vector<std::pair<uint32_t, uint32_t>> expected;
    for (uint32_t l = 0; l < literals.size(); ++l) {
      for (size_t at = text.find(literals[l]); at != std::string::npos;
           at = text.find(literals[l], at + 1)) {
        expected.emplace_back(l, static_cast<uint32_t>(at + literals[l].size()));
      }
    }
    std::vector<std::pair<uint32_t, uint32_t>> found;
    MakeVectorscanMatcher(literals).value()->Match(
        text, [&](uint32_t literal, uint32_t end) { found.emplace_back(literal, end); });
    std::sort(found.begin(), found.end());
    std::sort(expected.begin(), expected.end());
    ASSERT_EQ(found, expected);
  }
}

TEST(TermMatcherTest, MatchesNothingWithoutTerms) {
  MakeVectorscanMatcher({}).value()->Match("text", [](uint32_t, uint32_t) { FAIL(); });
}

}  // namespace
}  // namespace sluice::classify_relevance
