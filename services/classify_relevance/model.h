#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/classify_relevance/features.h"

namespace sluice::classify_relevance {

// Probabilities. Core: the topic is the document's subject; related: it matters to a follower of
// the topic.
struct Scores {
  double core = 0;
  double related = 0;  // Never below core.
};

// The trained weights of one topic: two logistic heads over its features. Any thread.
class Model {
 public:
  // The file as script/train writes it (JSON). kInvalidArgument: it is damaged, or was trained for
  // another list of features; the message names the first difference.
  static absl::StatusOr<Model> Parse(std::string_view json, std::string_view file_name,
                                     std::string_view topic, const FeatureSet& features);

  // `values` as FeatureSet::Measure gives them.
  Scores Score(absl::Span<const float> values) const;
  // Of a document without any anchor.
  Scores Unanchored() const { return unanchored_; }
  // What each feature adds to the core head's sum, whose logistic function is the score; `bias` is
  // the rest of the sum.
  std::vector<double> CoreShares(absl::Span<const float> values, double& bias) const;

 private:
  struct Head {
    double bias = 0;
    std::vector<float> weights;
  };

  Model() = default;
  double Sum(const Head& head, absl::Span<const float> values) const;

  Head core_;
  Head related_;
  // Values are held within what training saw: beyond it a straight line would run away.
  std::vector<float> floor_;
  std::vector<float> ceiling_;
  Scores unanchored_;
};

}  // namespace sluice::classify_relevance
