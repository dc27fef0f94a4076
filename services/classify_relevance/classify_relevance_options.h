#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sluice/config/v1/classify_relevance.pb.h"

namespace sluice::classify_relevance {

struct ClassifyRelevanceOptions {
  std::vector<std::string> topic_files;     // Paths that can be opened.
  std::optional<double> publish_score_min;  // Empty: each topic's own.
  std::optional<double> retract_score_min;
  size_t evidence_max = 12;
  absl::Duration article_memory = absl::Hours(24 * 90);  // By log time, from its last event.
};

// Finds the file that a path of the configuration means, as cli::FindDataFile does.
using FindFile = std::function<absl::StatusOr<std::string>(const std::string& path)>;

// kInvalidArgument: a value is out of range; the message names it and the range. Errors of
// `find_file` with the path in question.
absl::StatusOr<ClassifyRelevanceOptions> MakeClassifyRelevanceOptions(
    const config::v1::ClassifyRelevance& config, const FindFile& find_file);

}  // namespace sluice::classify_relevance
