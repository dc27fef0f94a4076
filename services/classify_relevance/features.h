#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/classify_relevance/lexicon.h"
#include "services/classify_relevance/topic.h"

namespace sluice::classify_relevance {

// Which hits a feature is about: tells evidence what to share its weight among.
enum class Region : uint8_t { kTitle, kLead, kTop, kAll, kNone };

struct Feature {
  std::string name;
  Region region = Region::kNone;
  std::vector<uint16_t> concepts;  // Whose hits made it; empty: none.
};

// What a topic measures in a document: numbers of concepts, groups and their meetings by place. The
// list depends on the topic file alone, so trained weights fit by name. Any thread.
class FeatureSet {
 public:
  explicit FeatureSet(const Topic& topic);

  const std::vector<Feature>& features() const { return features_; }
  // False: no anchor stands in the document.
  bool Anchored(const std::vector<Hit>& hits) const;
  // One value a feature, in their order. Linear in hits.
  void Measure(const Passage& passage, const std::vector<Hit>& hits,
               std::vector<float>& values) const;

 private:
  struct Tally;

  void Name(const std::string& owner, const std::vector<uint16_t>& concepts, bool group);
  void NameCross(const Cross& cross);
  void Count(const Passage& passage, const std::vector<Hit>& hits,
             std::vector<Tally>& tallies) const;
  void MeasureCrosses(const Passage& passage, const std::vector<Tally>& tallies,
                      std::vector<float>& values) const;

  const Topic& topic_;  // Not owned.
  std::vector<Feature> features_;
  std::vector<bool> anchors_;             // By concept.
  std::vector<uint64_t> concept_groups_;  // By concept: bits of groups.
  std::vector<uint16_t> scoring_;         // Concepts that score.
};

}  // namespace sluice::classify_relevance
