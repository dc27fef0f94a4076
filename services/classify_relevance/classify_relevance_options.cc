#include "services/classify_relevance/classify_relevance_options.h"

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"

namespace sluice::classify_relevance {
namespace {

constexpr char kDefaultTopic[] = "topics/fentanyl-policy.yaml";
constexpr uint32_t kEvidenceMax = 100;
constexpr absl::Duration kArticleMemoryLeast = absl::Hours(1);

absl::Status CheckShare(const char* name, double value) {
  if (value >= 0 && value <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("classify_relevance.{} is {}; it must be from 0 to 1", name, value));
}

}  // namespace

absl::StatusOr<ClassifyRelevanceOptions> MakeClassifyRelevanceOptions(
    const config::v1::ClassifyRelevance& config, const FindFile& find_file) {
  ClassifyRelevanceOptions options;
  std::vector<std::string> paths(config.topics().begin(), config.topics().end());
  if (paths.empty()) paths.push_back(kDefaultTopic);
  for (const std::string& path : paths) {
    absl::StatusOr<std::string> found = find_file(path);
    if (!found.ok()) {
      return absl::Status(
          found.status().code(),
          base::ToAbsl(fmt::format("classify_relevance.topics: {}", found.status().message())));
    }
    options.topic_files.push_back(*std::move(found));
  }
  if (config.has_publish_score_min()) {
    options.publish_score_min = config.publish_score_min();
    absl::Status status = CheckShare("publish_score_min", config.publish_score_min());
    if (!status.ok()) return status;
  }
  if (config.has_retract_score_min()) {
    options.retract_score_min = config.retract_score_min();
    absl::Status status = CheckShare("retract_score_min", config.retract_score_min());
    if (!status.ok()) return status;
  }
  if (config.has_evidence_max()) {
    if (config.evidence_max() > kEvidenceMax) {
      return absl::InvalidArgumentError(
          fmt::format("classify_relevance.evidence_max is {}; it must be from 0 to {}",
                      config.evidence_max(), kEvidenceMax));
    }
    options.evidence_max = config.evidence_max();
  }
  if (config.has_article_memory()) {
    options.article_memory = base::FromProto(config.article_memory());
    if (options.article_memory < kArticleMemoryLeast) {
      return absl::InvalidArgumentError(
          fmt::format("classify_relevance.article_memory is {}; it must be at least {}",
                      options.article_memory, kArticleMemoryLeast));
    }
  }
  return options;
}

}  // namespace sluice::classify_relevance
