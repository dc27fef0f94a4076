#include "services/classify_relevance/classify_relevance_stage.h"

#include <algorithm>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "services/classify_relevance/document_view.h"
#include "sluice/data/v1/deduped_document.pb.h"

namespace sluice::classify_relevance {
namespace {

class PreparedDocument final : public stage::Prepared {
 public:
  const data::v1::Envelope* envelope() const override { return &view.envelope; }

  DocumentView view;
  std::vector<data::v1::TopicMatch> matches;
};

std::string_view EventName(data::v1::FeedEvent event) {
  switch (event) {
    case data::v1::FEED_EVENT_PUBLISHED:
      return "published";
    case data::v1::FEED_EVENT_UPDATED:
      return "updated";
    case data::v1::FEED_EVENT_COPIED:
      return "copied";
    case data::v1::FEED_EVENT_RETRACTED:
      return "retracted";
    default:
      return "";
  }
}

// The best score, for people.
std::string Detail(const std::vector<data::v1::TopicMatch>& matches) {
  const auto best =
      std::max_element(matches.begin(), matches.end(),
                       [](const auto& a, const auto& b) { return a.score() < b.score(); });
  if (best == matches.end()) return "";
  return fmt::format("{}: score {:.3f}, related {:.3f}", best->topic(), best->score(),
                     best->related());
}

data::v1::FeedItem MakeItem(data::v1::DedupedDocument& document, Decision& decision,
                            absl::Time now) {
  data::v1::FeedItem item;
  *item.mutable_envelope() = std::move(*document.mutable_envelope());
  item.set_event(decision.event);
  if (decision.event == data::v1::FEED_EVENT_RETRACTED) {
    item.mutable_document()->set_title(
        document.document().title().empty() ? decision.title : document.document().title());
    item.mutable_document()->set_canonical_url(document.document().canonical_url());
    item.set_retraction_reason(decision.retraction_reason);
    item.set_retraction_detail(document.document().withdrawal().reason());
  } else {
    *item.mutable_document() = std::move(*document.mutable_document());
    item.mutable_document()->clear_envelope();
  }
  item.set_article_id(document.article_id());
  item.set_revision(document.revision());
  item.set_cluster_id(document.cluster_id());
  item.set_relation(document.relation());
  item.set_of(document.of());
  for (data::v1::TopicMatch& match : decision.matches) *item.add_matches() = std::move(match);
  *item.mutable_published_at() = base::ToProto(now);
  return item;
}

}  // namespace

log::Spec ClassifyRelevanceStage::Spec() {
  log::Spec spec;
  spec.stage = std::string(kName);
  spec.inputs = {std::string(log::kDeduped)};
  spec.outputs = {std::string(log::kClean)};
  spec.tables = {{std::string(Publisher::kTable), log::Table::Kind::kKeyed, 1}};
  return spec;
}

absl::StatusOr<std::unique_ptr<ClassifyRelevanceStage>> ClassifyRelevanceStage::Create(
    const ClassifyRelevanceOptions& options, const Classifier& classifier) {
  std::vector<KeepRule> rules;
  double least = 1;
  for (const Topic& topic : classifier.topics()) {
    KeepRule rule;
    rule.topic = topic.name;
    rule.publish_score_min = options.publish_score_min.value_or(topic.publish_score_min);
    rule.retract_score_min = options.retract_score_min.value_or(
        std::min(topic.retract_score_min, rule.publish_score_min));
    if (rule.retract_score_min > rule.publish_score_min) {
      return absl::InvalidArgumentError(
          fmt::format("topic {}: retract_score_min {} is above publish_score_min {}; what is "
                      "published would be retracted at once",
                      topic.name, rule.retract_score_min, rule.publish_score_min));
    }
    least = std::min(least, rule.retract_score_min);
    rules.push_back(std::move(rule));
  }
  // The related score is never below the core score, so what is kept has its evidence.
  return std::unique_ptr<ClassifyRelevanceStage>(new ClassifyRelevanceStage(
      classifier, Publisher(std::move(rules), options.article_memory), least));
}

void ClassifyRelevanceStage::Load(std::string_view /*table*/, std::string_view key,
                                  std::string_view value) {
  publisher_.Load(key, value);
}

absl::StatusOr<std::unique_ptr<stage::Prepared>> ClassifyRelevanceStage::Prepare(
    const log::Record& record) const {
  auto prepared = std::make_unique<PreparedDocument>();
  DocumentView& view = prepared->view;
  if (!ReadDocumentView(record.value, view)) {
    return absl::InvalidArgumentError(
        fmt::format("{} bytes are no DedupedDocument", record.value.size()));
  }
  if (view.envelope.id().empty() || view.article_id.empty() || view.cluster_id.empty()) {
    return absl::InvalidArgumentError("the document lacks its id, article_id or cluster_id");
  }
  if (!view.gone && !view.withdrawn && !view.allowed_again) {
    prepared->matches =
        classifier_.Classify(view.title, view.text, view.language, evidence_related_min_);
  }
  return prepared;
}

absl::StatusOr<stage::Verdict> ClassifyRelevanceStage::Apply(stage::Prepared& prepared,
                                                             const log::Record& record,
                                                             log::Transaction& transaction) {
  auto& ready = static_cast<PreparedDocument&>(prepared);
  std::string detail = Detail(ready.matches);
  // The runner may apply a record again, so what Prepare made stays whole until all has succeeded.
  absl::StatusOr<Decision> decision =
      publisher_.Decide(ready.view, ready.matches, record.appended, transaction);
  if (!decision.ok()) return decision.status();
  if (decision->event == data::v1::FEED_EVENT_UNSPECIFIED) {
    publisher_.Keep(*decision);
    return stage::Verdict::Dropped(decision->drop_reason, std::move(detail));
  }
  data::v1::DedupedDocument document;
  if (!document.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
    return absl::InvalidArgumentError("the document has text that is not UTF-8, or a damaged part");
  }
  const std::string key = document.article_id();
  const data::v1::FeedItem item = MakeItem(document, *decision, record.appended);
  absl::Status emitted = transaction.Emit(log::kClean, key, item.SerializeAsString());
  if (!emitted.ok()) return emitted;
  publisher_.Keep(*decision);
  return stage::Verdict::Published(EventName(decision->event), std::move(detail));
}

}  // namespace sluice::classify_relevance
