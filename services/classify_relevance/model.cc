#include "services/classify_relevance/model.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "pipeline/base/strings.h"

namespace sluice::classify_relevance {
namespace {

double Logistic(double sum) { return 1 / (1 + std::exp(-sum)); }

absl::Status Damaged(std::string_view file_name, std::string_view what) {
  return absl::InvalidArgumentError(
      fmt::format("{}: {}; train the topic again with script/train topic", file_name, what));
}

// A member that is a finite number.
bool Number(const nlohmann::json& object, const char* key, double& out) {
  const auto place = object.find(key);
  if (place == object.end() || !place->is_number()) return false;
  out = place->get<double>();
  return std::isfinite(out);
}

}  // namespace

absl::StatusOr<Model> Model::Parse(std::string_view json, std::string_view file_name,
                                   std::string_view topic, const FeatureSet& features) {
  const nlohmann::json file = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!file.is_object() || !file.contains("features") || !file["features"].is_array()) {
    return Damaged(file_name, "is no file of weights");
  }
  if (!file.contains("topic") || file["topic"] != std::string(topic)) {
    return Damaged(file_name, fmt::format("holds the weights of another topic than '{}'", topic));
  }
  Model model;
  const nlohmann::json none = nlohmann::json::object();
  const nlohmann::json& bias = file.contains("bias") ? file["bias"] : none;
  const nlohmann::json& unanchored = file.contains("unanchored") ? file["unanchored"] : none;
  if (!bias.is_object() || !unanchored.is_object() || !Number(bias, "core", model.core_.bias) ||
      !Number(bias, "related", model.related_.bias) ||
      !Number(unanchored, "core", model.unanchored_.core) ||
      !Number(unanchored, "related", model.unanchored_.related)) {
    return Damaged(file_name, "lacks bias or unanchored with core and related");
  }
  const std::vector<Feature>& expected = features.features();
  const nlohmann::json& rows = file["features"];
  for (size_t i = 0; i < std::max(rows.size(), expected.size()); ++i) {
    if (i >= expected.size() || i >= rows.size()) {
      return Damaged(file_name, fmt::format("has {} features, the topic has {}", rows.size(),
                                            expected.size()));
    }
    double core = 0;
    double related = 0;
    double floor = 0;
    double ceiling = 0;
    if (!rows[i].is_object() || !Number(rows[i], "core", core) ||
        !Number(rows[i], "related", related) || !Number(rows[i], "min", floor) ||
        !Number(rows[i], "max", ceiling)) {
      return Damaged(file_name, fmt::format("feature {} lacks core, related, min or max", i));
    }
    if (!rows[i].contains("name") || rows[i]["name"] != expected[i].name) {
      return Damaged(file_name,
                     fmt::format("feature {} is not the topic's '{}'", i, expected[i].name));
    }
    model.core_.weights.push_back(static_cast<float>(core));
    model.related_.weights.push_back(static_cast<float>(related));
    model.floor_.push_back(static_cast<float>(floor));
    model.ceiling_.push_back(static_cast<float>(ceiling));
  }
  return model;
}

double Model::Sum(const Head& head, absl::Span<const float> values) const {
  double sum = head.bias;
  for (size_t i = 0; i < values.size(); ++i) {
    sum += static_cast<double>(head.weights[i] *
                               std::min(std::max(values[i], floor_[i]), ceiling_[i]));
  }
  return sum;
}

Scores Model::Score(absl::Span<const float> values) const {
  Scores scores;
  scores.core = Logistic(Sum(core_, values));
  scores.related = std::max(scores.core, Logistic(Sum(related_, values)));
  return scores;
}

std::vector<double> Model::CoreShares(absl::Span<const float> values, double& bias) const {
  std::vector<double> shares;
  shares.reserve(values.size());
  bias = core_.bias;
  for (size_t i = 0; i < values.size(); ++i) {
    shares.push_back(static_cast<double>(core_.weights[i] *
                                         std::min(std::max(values[i], floor_[i]), ceiling_[i])));
  }
  return shares;
}

}  // namespace sluice::classify_relevance
