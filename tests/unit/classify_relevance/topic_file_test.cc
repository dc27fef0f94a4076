#include "services/classify_relevance/topic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::classify_relevance {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kTopic[] = R"(topic: ferries
languages: [en, fr]
weights: ferries.weights.json
thresholds: {publish: 0.6, retract: 0.2}
zones: {lead_bytes: 300}
concepts:
  ferry:
    terms:
      any: [ferry*]
      fr: [traversier, "bac à vapeur"]
  law:
    terms:
      en: [bill, Law]
  river:
    scores: false
    terms:
      en: [river]
groups:
  water: [ferry, river]
anchors: [water]
crosses:
  - [water, law]
facets:
  place:
    river: [river]
training:
  supports: [water, water+law]
)";

std::string Replaced(std::string_view from, std::string_view to) {
  std::string text = kTopic;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  return text;
}

std::string ErrorOf(std::string_view text) {
  const absl::StatusOr<Topic> topic = ParseTopic(text, "f.yaml");
  return topic.ok() ? "" : std::string(topic.status().message());
}

TEST(TopicFileTest, ReadsATopicWhole) {
  const absl::StatusOr<Topic> topic = ParseTopic(kTopic, "f.yaml");
  ASSERT_TRUE(topic.ok()) << topic.status();
  EXPECT_EQ(topic->name, "ferries");
  EXPECT_EQ(topic->publish_score_min, 0.6);
  EXPECT_EQ(topic->zones.lead_bytes, 300U);
  ASSERT_EQ(topic->concepts.size(), 3U);
  EXPECT_EQ(topic->concepts[0].terms[2].text, "bac a vapeur");
  EXPECT_TRUE(topic->concepts[0].terms[0].open_end);
  EXPECT_FALSE(topic->concepts[2].scores);
  EXPECT_THAT(topic->anchors, ElementsAre(0, 2));
  ASSERT_EQ(topic->groups.size(), 2U);
  EXPECT_TRUE(topic->groups[1].single) << "the concept in the cross";
}

TEST(TopicFileTest, NamesLineAndNearestKeyOfAMistake) {
  EXPECT_EQ(ErrorOf(Replaced("concepts:", "consepts:")),
            "f.yaml:6: unknown key in the topic: 'consepts'; did you mean 'concepts'?");
  EXPECT_EQ(ErrorOf(Replaced("[ferry, river]", "[fery, river]")),
            "f.yaml:19: unknown concept in group 'water': 'fery'; did you mean 'ferry'?");
  EXPECT_EQ(ErrorOf(Replaced("water+law]", "water+lew]")),
            "f.yaml:27: unknown concept, group or cross in supports: 'water+lew'; did you mean "
            "'water+law'?");
  EXPECT_THAT(ErrorOf(Replaced("lead_bytes", "led_bytes")), HasSubstr("did you mean 'lead_bytes'"));
}

TEST(TopicFileTest, RefusesWhatCannotBeMeant) {
  EXPECT_THAT(ErrorOf(Replaced("fr: [trav", "de: [trav")), HasSubstr("f.yaml:10: unknown key"));
  EXPECT_THAT(ErrorOf(Replaced("[bill, Law]", "[bill, BILL]")), HasSubstr("stands twice"));
  EXPECT_THAT(ErrorOf(Replaced("[bill, Law]", "[b]")), HasSubstr("must have 2 to 120 bytes"));
  EXPECT_THAT(ErrorOf(Replaced("[bill, Law]", "[\"b*ll\"]")), HasSubstr("only at its ends"));
  EXPECT_THAT(ErrorOf(Replaced("[bill, Law]", "[]")), HasSubstr("'law' has no terms"));
  EXPECT_THAT(ErrorOf(Replaced("publish: 0.6", "publish: 6")), HasSubstr("from 0 to 1"));
  EXPECT_THAT(ErrorOf(Replaced("[water, law]", "[water]")), HasSubstr("two groups"));
  EXPECT_THAT(ErrorOf(Replaced("topic: ferries", "topic: Ferries!")), HasSubstr("a-z"));
  EXPECT_THAT(ErrorOf(Replaced("anchors: [water]\n", "")), HasSubstr("lacks the key 'anchors'"));
  EXPECT_THAT(ErrorOf(Replaced("river:\n    scores", "law:\n    scores")),
              HasSubstr("key 'law' stands twice"));
  EXPECT_THAT(ErrorOf("{{{"), HasSubstr("is not YAML"));
  EXPECT_THAT(ErrorOf(""), HasSubstr("must be a mapping"));
}

TEST(TopicFileTest, KeepsItsLimits) {
  TopicFileLimits limits;
  limits.terms.count_max = 3;
  EXPECT_THAT(std::string(ParseTopic(kTopic, "f.yaml", limits).status().message()),
              HasSubstr("more than 3 terms"));
  limits = {};
  limits.file_bytes_max = 10;
  EXPECT_THAT(std::string(ParseTopic(kTopic, "f.yaml", limits).status().message()),
              HasSubstr("more than the limit of 10"));
}

TEST(TopicFileTest, SaysWhichFileIsMissing) {
  const absl::Status status = ReadTopicFile("/nowhere/at/all.yaml").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nowhere/at/all.yaml"));
}

}  // namespace
}  // namespace sluice::classify_relevance
