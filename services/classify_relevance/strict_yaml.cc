#include "services/classify_relevance/strict_yaml.h"

#include <algorithm>
#include <set>

#include "pipeline/base/strings.h"
#include "pipeline/config/nearest.h"

namespace sluice::classify_relevance {
absl::StatusOr<StrictYaml> StrictYaml::Parse(std::string_view text, std::string_view file_name,
                                             size_t bytes_max) {
  if (text.size() > bytes_max) {
    return absl::InvalidArgumentError(fmt::format("{}: has {} bytes, more than the limit of {}",
                                                  file_name, text.size(), bytes_max));
  }
  try {
    return StrictYaml(YAML::Load(std::string(text)), file_name);
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        fmt::format("{}:{}: is not YAML: {}", file_name, error.mark.line + 1, error.msg));
  }
}

absl::StatusOr<std::vector<StrictYaml::Entry>> StrictYaml::Map(
    const YAML::Node& node, std::string_view what, absl::Span<const std::string> known) const {
  if (!node.IsMap()) return Error(node, fmt::format("{} must be a mapping", what));
  std::vector<Entry> entries;
  std::set<std::string> seen;
  for (const auto& pair : node) {
    absl::StatusOr<std::string> key = Text(pair.first, fmt::format("a key of {}", what));
    if (!key.ok()) return key.status();
    if (!known.empty() && std::find(known.begin(), known.end(), *key) == known.end()) {
      return Unknown(pair.first, fmt::format("key in {}", what), *key, known);
    }
    if (!seen.insert(*key).second) {
      return Error(pair.first, fmt::format("key '{}' stands twice in {}", *key, what));
    }
    entries.push_back({*std::move(key), pair.first, pair.second});
  }
  return entries;
}

absl::StatusOr<std::vector<YAML::Node>> StrictYaml::List(const YAML::Node& node,
                                                         std::string_view what) const {
  if (!node.IsSequence()) return Error(node, fmt::format("{} must be a list", what));
  return std::vector<YAML::Node>(node.begin(), node.end());
}

absl::StatusOr<std::string> StrictYaml::Text(const YAML::Node& node, std::string_view what) const {
  if (!node.IsScalar() || node.Scalar().empty()) {
    return Error(node, fmt::format("{} must be a text", what));
  }
  return node.Scalar();
}

absl::StatusOr<double> StrictYaml::Number(const YAML::Node& node, std::string_view what, double min,
                                          double max) const {
  double value = 0;
  if (!node.IsScalar() || !YAML::convert<double>::decode(node, value) ||
      !(value >= min && value <= max)) {
    return Error(node, fmt::format("{} must be a number from {} to {}, not '{}'", what, min, max,
                                   node.IsScalar() ? node.Scalar() : "a list or mapping"));
  }
  return value;
}

absl::StatusOr<bool> StrictYaml::Flag(const YAML::Node& node, std::string_view what) const {
  bool value = false;
  if (!node.IsScalar() || !YAML::convert<bool>::decode(node, value)) {
    return Error(node, fmt::format("{} must be true or false", what));
  }
  return value;
}

absl::Status StrictYaml::Error(const YAML::Node& node, std::string_view message) const {
  return absl::InvalidArgumentError(
      fmt::format("{}:{}: {}", file_name_, node.Mark().line + 1, message));
}

absl::Status StrictYaml::Unknown(const YAML::Node& node, std::string_view what,
                                 std::string_view word, absl::Span<const std::string> known) const {
  const std::string nearest = config::Nearest(word, {known.begin(), known.end()});
  return Error(node,
               fmt::format("unknown {}: '{}'{}", what, word,
                           nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
}

}  // namespace sluice::classify_relevance
