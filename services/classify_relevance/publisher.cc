#include "services/classify_relevance/publisher.h"

#include <algorithm>

#include "pipeline/base/strings.h"

namespace sluice::classify_relevance {
namespace {

using state::v1::PublishedArticle;
using state::v1::PublishedCluster;

std::string ArticleKey(const std::string& id) { return "a" + id; }
std::string ClusterKey(const std::string& id) { return "c" + id; }

// The row, empty where there is none. kDataLoss: it does not parse.
template <typename Row>
absl::StatusOr<std::optional<Row>> ReadRow(const log::Transaction& transaction,
                                           const std::string& key) {
  const std::optional<std::string> bytes = transaction.Get(Publisher::kTable, key);
  if (!bytes.has_value()) return std::optional<Row>();
  Row row;
  if (!row.ParseFromString(*bytes)) {
    return absl::DataLossError(fmt::format(
        "the row '{}' of table {} is damaged; restore the stage's state", key, Publisher::kTable));
  }
  return std::optional<Row>(std::move(row));
}

// How many articles of the cluster are shown, changed by `difference`.
absl::StatusOr<uint32_t> CountCluster(log::Transaction& transaction, const std::string& cluster_id,
                                      int difference) {
  const std::string key = ClusterKey(cluster_id);
  absl::StatusOr<std::optional<PublishedCluster>> row = ReadRow<PublishedCluster>(transaction, key);
  if (!row.ok()) return row.status();
  const uint32_t before = row->has_value() ? (*row)->articles() : 0;
  const uint32_t after = difference < 0 && before == 0
                             ? 0
                             : static_cast<uint32_t>(static_cast<int64_t>(before) + difference);
  if (after == 0) {
    transaction.Erase(Publisher::kTable, key);
  } else {
    PublishedCluster changed;
    changed.set_articles(after);
    transaction.Put(Publisher::kTable, key, changed.SerializeAsString());
  }
  return before;
}

bool Shown(const std::optional<PublishedArticle>& article, const std::string& topic) {
  return article.has_value() && std::find(article->topics().begin(), article->topics().end(),
                                          topic) != article->topics().end();
}

void Remember(const DocumentView& document, const std::string& cluster_id,
              const std::vector<data::v1::TopicMatch>& matches, log::Transaction& transaction) {
  PublishedArticle row;
  row.set_revision(document.revision);
  row.set_cluster_id(cluster_id);
  for (const data::v1::TopicMatch& match : matches) row.add_topics(match.topic());
  row.set_title(std::string(document.title));
  transaction.Put(Publisher::kTable, ArticleKey(std::string(document.article_id)),
                  row.SerializeAsString());
}

}  // namespace

absl::StatusOr<Decision> Publisher::Retract(const std::string& key, const PublishedArticle& shown,
                                            std::string_view reason,
                                            log::Transaction& transaction) {
  Decision decision;
  decision.event = data::v1::FEED_EVENT_RETRACTED;
  decision.retraction_reason = std::string(reason);
  decision.title = shown.title();
  transaction.Erase(kTable, key);
  absl::StatusOr<uint32_t> left = CountCluster(transaction, shown.cluster_id(), -1);
  if (!left.ok()) return left.status();
  return decision;
}

absl::StatusOr<Decision> Publisher::Obey(const DocumentView& document, const std::string& key,
                                         const std::optional<PublishedArticle>& known,
                                         log::Transaction& transaction) {
  absl::StatusOr<Decision> decision = Decision();
  if (document.allowed_again) {
    // It is shown when it is read again: its text is not kept.
    if (known.has_value() && known->withdrawn()) transaction.Erase(kTable, key);
    decision->drop_reason = kAllowedAgain;
    return decision;
  }
  if (known.has_value() && !known->withdrawn()) {
    decision = Retract(key, *known, kWithdrawn, transaction);
    if (!decision.ok()) return decision;
  } else {
    decision->drop_reason = kWithdrawn;
  }
  PublishedArticle row;
  row.set_cluster_id(std::string(document.cluster_id));
  row.set_withdrawn(true);
  transaction.Put(kTable, key, row.SerializeAsString());
  return decision;
}

absl::StatusOr<Decision> Publisher::Decide(const DocumentView& document,
                                           std::vector<data::v1::TopicMatch> matches,
                                           log::Transaction& transaction) const {
  const std::string key = ArticleKey(std::string(document.article_id));
  absl::StatusOr<std::optional<PublishedArticle>> known =
      ReadRow<PublishedArticle>(transaction, key);
  if (!known.ok()) return known.status();
  if (document.withdrawn || document.allowed_again) return Obey(document, key, *known, transaction);
  const bool gone = document.gone;
  Decision decision;
  if (known->has_value() && (*known)->withdrawn()) {
    decision.drop_reason = kWithdrawn;
    return decision;
  }
  if (known->has_value() && !gone && document.revision <= (*known)->revision()) {
    decision.drop_reason = kRedelivered;
    return decision;
  }
  if (!gone) {
    for (size_t t = 0; t < rules_.size(); ++t) {
      const double min = Shown(*known, rules_[t].topic)
                             ? std::min(rules_[t].retract_score_min, rules_[t].publish_score_min)
                             : rules_[t].publish_score_min;
      if (matches[t].score() >= min) decision.matches.push_back(std::move(matches[t]));
    }
  }
  std::sort(decision.matches.begin(), decision.matches.end(), [](const auto& a, const auto& b) {
    return a.score() != b.score() ? a.score() > b.score() : a.topic() < b.topic();
  });
  if (decision.matches.empty() && !known->has_value()) {
    decision.drop_reason = gone ? kGone : kOffTopic;
    return decision;
  }
  if (decision.matches.empty()) {
    return Retract(key, **known, gone ? kGone : kOffTopic, transaction);
  }
  if (known->has_value()) {
    decision.event = data::v1::FEED_EVENT_UPDATED;
    Remember(document, (*known)->cluster_id(), decision.matches, transaction);
    return decision;
  }
  absl::StatusOr<uint32_t> others = CountCluster(transaction, std::string(document.cluster_id), 1);
  if (!others.ok()) return others.status();
  decision.event = *others > 0 ? data::v1::FEED_EVENT_COPIED : data::v1::FEED_EVENT_PUBLISHED;
  Remember(document, std::string(document.cluster_id), decision.matches, transaction);
  return decision;
}

}  // namespace sluice::classify_relevance
