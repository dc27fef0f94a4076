#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/log/log.h"
#include "pipeline/stage/stage.h"
#include "services/classify_relevance/classifier.h"
#include "services/classify_relevance/classify_relevance_options.h"
#include "services/classify_relevance/publisher.h"

namespace sluice::classify_relevance {

// Says what each article is about and decides what the feed shows of it: published, copied,
// updated, retracted, or dropped. Events are final.
//
// Touches no socket, file or clock: the past is in the table `published`, by age also in RAM, which
// Load fills; the time is the log's.
// Prepare may be called from many threads at once; all else from the shard's thread.
class ClassifyRelevanceStage final : public stage::Stage {
 public:
  static constexpr std::string_view kName = "classify-relevance";
  static constexpr std::array kDropReasons = {Publisher::kOffTopic, Publisher::kGone,
                                              Publisher::kRedelivered, Publisher::kWithdrawn,
                                              Publisher::kAllowedAgain};

  static log::Spec Spec();

  // `classifier` outlives the stage; shards share it. kInvalidArgument: a threshold for retraction
  // is above that for publication.
  static absl::StatusOr<std::unique_ptr<ClassifyRelevanceStage>> Create(
      const ClassifyRelevanceOptions& options, const Classifier& classifier);

  void Load(std::string_view table, std::string_view key, std::string_view value) override;

  // Scores by all topics. kInvalidArgument: not a DedupedDocument, or one without its ids.
  absl::StatusOr<std::unique_ptr<stage::Prepared>> Prepare(
      const log::Record& record) const override;

  // Emits a FeedItem under the article's id, or drops.
  absl::StatusOr<stage::Verdict> Apply(stage::Prepared& prepared, const log::Record& record,
                                       log::Transaction& transaction) override;

 private:
  ClassifyRelevanceStage(const Classifier& classifier, Publisher publisher,
                         double evidence_related_min)
      : classifier_(classifier),
        publisher_(std::move(publisher)),
        evidence_related_min_(evidence_related_min) {}

  const Classifier& classifier_;  // Not owned.
  Publisher publisher_;
  double evidence_related_min_;
};

}  // namespace sluice::classify_relevance
