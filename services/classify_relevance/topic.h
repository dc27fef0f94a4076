#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::classify_relevance {

// A word or phrase that stands for a concept, folded. `open` ends take any continuation of the
// word: "opioid*" is open at its end.
struct Term {
  static constexpr uint8_t kAnyLanguage = 255;

  std::string text;
  bool open_start = false;
  bool open_end = false;
  uint8_t language = kAnyLanguage;  // Index into Topic::languages.
};

// What the text may be about: one idea, in all languages.
struct Concept {
  std::string name;
  bool scores = true;  // false: for facets only.
  // Hits of other concepts inside its hits don't count: "digital fentanyl" is no fentanyl.
  bool masks = false;
  std::vector<Term> terms;
};

// Concepts that are counted together.
struct Group {
  static constexpr size_t kGroupsMax = 64;  // A hit's groups are the bits of one word.

  std::string name;
  std::vector<uint16_t> concepts;
  bool single = false;  // One concept that takes part in a cross.
};

// Two groups whose meeting counts.
struct Cross {
  uint16_t first = 0;
  uint16_t second = 0;
};

struct FacetValue {
  std::string name;
  std::vector<uint16_t> concepts;
};

struct FacetRule {
  std::string name;
  std::vector<FacetValue> values;
};

// Sizes in bytes of folded text.
struct Zones {
  uint32_t lead_bytes = 500;
  uint32_t top_bytes = 2000;
  double tail_share = 0.25;  // The text's last part, if it is longer than top_bytes.
  uint32_t passage_bytes =
      400;  // Text is cut into passages of this size to see how much of it is on the topic.
  uint32_t text_bytes_max = 60'000;  // What follows is not read.
};

// A topic as its file describes it.
struct Topic {
  std::string name;
  std::string title;
  std::vector<std::string> languages;  // ISO 639-1.
  double publish_score_min = 0.5;
  double retract_score_min = 0.3;
  Zones zones;
  std::vector<uint16_t> anchors;  // Concepts without any of which a text is off the topic.
  std::vector<Concept> concepts;
  std::vector<Group> groups;
  std::vector<Cross> crosses;
  std::vector<FacetRule> facets;
  std::string weights_path;  // Beside the file, as written there.
};

}  // namespace sluice::classify_relevance
