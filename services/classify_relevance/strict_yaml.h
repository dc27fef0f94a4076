#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace sluice::classify_relevance {

// YAML that is read strictly: every complaint names the file and the line, and a wrong word the
// nearest right one. One thread.
class StrictYaml {
 public:
  // kInvalidArgument: not YAML, or larger than `bytes_max`.
  static absl::StatusOr<StrictYaml> Parse(std::string_view text, std::string_view file_name,
                                          size_t bytes_max);

  const YAML::Node& root() const { return root_; }

  struct Entry {
    std::string key;
    YAML::Node key_node;
    YAML::Node value;
  };
  // A mapping's entries in their order. kInvalidArgument: no mapping, a key twice, or one that is
  // not among `known` (any is, if that is empty).
  absl::StatusOr<std::vector<Entry>> Map(const YAML::Node& node, std::string_view what,
                                         absl::Span<const std::string> known) const;
  absl::StatusOr<std::vector<YAML::Node>> List(const YAML::Node& node, std::string_view what) const;
  absl::StatusOr<std::string> Text(const YAML::Node& node, std::string_view what) const;
  absl::StatusOr<double> Number(const YAML::Node& node, std::string_view what, double min,
                                double max) const;
  absl::StatusOr<bool> Flag(const YAML::Node& node, std::string_view what) const;

  // "file:line: message".
  absl::Status Error(const YAML::Node& node, std::string_view message) const;
  // An unknown word, with the nearest known one.
  absl::Status Unknown(const YAML::Node& node, std::string_view what, std::string_view word,
                       absl::Span<const std::string> known) const;

 private:
  StrictYaml(const YAML::Node& root, std::string_view file_name)
      : root_(root), file_name_(file_name) {}

  YAML::Node root_;
  std::string file_name_;
};

}  // namespace sluice::classify_relevance
