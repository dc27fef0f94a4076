#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/classify_relevance/term_reader.h"
#include "services/classify_relevance/topic.h"

namespace sluice::classify_relevance {

// Limits on what a topic file may hold.
struct TopicFileLimits {
  size_t file_bytes_max = 32 << 20;
  size_t concepts_max = 400;
  TermLimits terms;
};

// Reads a topic's description, strictly: a mistake is an error with file, line and the nearest
// right word. The format is described in topics/README.md.
//   kInvalidArgument: the text is no topic.
absl::StatusOr<Topic> ParseTopic(std::string_view text, std::string_view file_name,
                                 const TopicFileLimits& limits = {});

//   kInvalidArgument: as above. Errors: also those of base::ReadFile.
absl::StatusOr<Topic> ReadTopicFile(const std::string& path, const TopicFileLimits& limits = {});

}  // namespace sluice::classify_relevance
