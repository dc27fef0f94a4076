#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/classify_relevance/strict_yaml.h"
#include "services/classify_relevance/topic.h"

namespace sluice::classify_relevance {

struct TermLimits {
  size_t count_max = 200'000;  // Of a topic.
  size_t bytes_min = 2;        // Folded; shorter ones would stand everywhere.
  size_t bytes_max = 120;
};

// Reads the terms of a topic file's concepts: words and phrases in their languages, "*" at an end
// that is open. One file; one thread.
class TermReader {
 public:
  // Both outlive it.
  TermReader(const StrictYaml& yaml, const TermLimits& limits) : yaml_(yaml), limits_(limits) {}

  // The terms of `what`, a concept: `node` maps languages, of `languages` or "any", to lists.
  //   kInvalidArgument: it does not, a term stands twice in its language, or is no term; or there
  //   are too many, those of earlier concepts counted.
  absl::StatusOr<std::vector<Term>> Read(const YAML::Node& node,
                                         absl::Span<const std::string> languages,
                                         std::string_view what);

 private:
  absl::Status ReadList(const YAML::Node& node, uint8_t language, std::string_view list,
                        std::string_view what, std::vector<Term>& terms);
  absl::StatusOr<Term> ReadTerm(const YAML::Node& node, std::string_view what) const;

  const StrictYaml& yaml_;
  const TermLimits& limits_;
  size_t count_ = 0;
};

}  // namespace sluice::classify_relevance
