#include "services/classify_relevance/publisher.h"

#include <algorithm>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"

namespace sluice::classify_relevance {
namespace {

using state::v1::PublishedArticle;
using state::v1::PublishedCluster;

// So that a turn stays small however many articles are old at once.
constexpr size_t kForgottenMax = 16;

constexpr std::string_view kArticlePrefix = "a";

std::string ArticleKey(std::string_view id) { return fmt::format("{}{}", kArticlePrefix, id); }
std::string ClusterKey(const std::string& id) { return "c" + id; }

// Rows of earlier versions have no time: then the oldest that there is.
Telling TellingOf(const PublishedArticle& shown, std::string_view id) {
  return {base::FromProto(shown.told_at()), std::string(id)};
}

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

void Put(const PublishedArticle& row, std::string_view id, log::Transaction& transaction) {
  transaction.Put(Publisher::kTable, ArticleKey(id), row.SerializeAsString());
}

void Remember(const DocumentView& document, const std::string& cluster_id, absl::Time now,
              log::Transaction& transaction, Decision& decision) {
  PublishedArticle row;
  row.set_revision(document.revision);
  row.set_cluster_id(cluster_id);
  for (const data::v1::TopicMatch& match : decision.matches) row.add_topics(match.topic());
  row.set_title(std::string(document.title));
  *row.mutable_told_at() = base::ToProto(now);
  Put(row, document.article_id, transaction);
  decision.changes.push_back({.telling = TellingOf(row, document.article_id), .holds = true});
}

// Takes the article's row away; the cluster shows one less.
absl::Status TakeAway(const PublishedArticle& shown, std::string_view id,
                      log::Transaction& transaction, Decision& decision) {
  transaction.Erase(Publisher::kTable, ArticleKey(id));
  decision.changes.push_back({.telling = TellingOf(shown, id), .holds = false});
  return CountCluster(transaction, shown.cluster_id(), -1).status();
}

absl::Status Retract(const DocumentView& document, const PublishedArticle& shown,
                     std::string_view reason, log::Transaction& transaction, Decision& decision) {
  decision.event = data::v1::FEED_EVENT_RETRACTED;
  decision.retraction_reason = std::string(reason);
  decision.title = shown.title();
  return TakeAway(shown, document.article_id, transaction, decision);
}

// What an operator said. `known`: the article's row, if any.
absl::Status Obey(const DocumentView& document, const std::optional<PublishedArticle>& known,
                  log::Transaction& transaction, Decision& decision) {
  if (document.allowed_again) {
    // It is shown when it is read again: its text is not kept.
    if (known.has_value() && known->withdrawn()) {
      transaction.Erase(Publisher::kTable, ArticleKey(document.article_id));
    }
    decision.drop_reason = Publisher::kAllowedAgain;
    return absl::OkStatus();
  }
  if (known.has_value() && !known->withdrawn()) {
    absl::Status retracted =
        Retract(document, *known, Publisher::kWithdrawn, transaction, decision);
    if (!retracted.ok()) return retracted;
  } else {
    decision.drop_reason = Publisher::kWithdrawn;
  }
  PublishedArticle row;
  row.set_cluster_id(std::string(document.cluster_id));
  row.set_withdrawn(true);
  Put(row, document.article_id, transaction);
  return absl::OkStatus();
}

}  // namespace

void Publisher::Load(std::string_view key, std::string_view value) {
  PublishedArticle row;
  if (!key.starts_with(kArticlePrefix) ||
      !row.ParseFromArray(value.data(), static_cast<int>(value.size())) || row.withdrawn()) {
    return;
  }
  shown_.insert(TellingOf(row, key.substr(kArticlePrefix.size())));
}

absl::Status Publisher::Forget(absl::Time now, log::Transaction& transaction,
                               Decision& decision) const {
  const absl::Time oldest = now - article_memory_;
  size_t left = kForgottenMax;
  for (auto at = shown_.begin(); at != shown_.end() && at->first < oldest && left > 0;
       ++at, --left) {
    const std::string& id = at->second;
    auto row = ReadRow<PublishedArticle>(transaction, ArticleKey(id));
    if (!row.ok()) return row.status();
    PublishedArticle& shown = row->value();  // What is in shown_ has its row.
    if (shown.has_told_at()) {
      if (absl::Status status = TakeAway(shown, id, transaction, decision); !status.ok())
        return status;
      continue;
    }
    // By an earlier version: its time begins now.
    decision.changes.push_back({.telling = *at, .holds = false});
    *shown.mutable_told_at() = base::ToProto(now);
    Put(shown, id, transaction);
    decision.changes.push_back({.telling = TellingOf(shown, id), .holds = true});
  }
  return absl::OkStatus();
}

absl::StatusOr<Decision> Publisher::Decide(const DocumentView& document,
                                           std::vector<data::v1::TopicMatch> matches,
                                           absl::Time now, log::Transaction& transaction) const {
  Decision decision;
  absl::Status status = Forget(now, transaction, decision);
  if (status.ok()) status = Judge(document, std::move(matches), now, transaction, decision);
  if (!status.ok()) return status;
  return decision;
}

absl::Status Publisher::Judge(const DocumentView& document,
                              std::vector<data::v1::TopicMatch> matches, absl::Time now,
                              log::Transaction& transaction, Decision& decision) const {
  auto known = ReadRow<PublishedArticle>(transaction, ArticleKey(document.article_id));
  if (!known.ok()) return known.status();
  if (document.withdrawn || document.allowed_again)
    return Obey(document, *known, transaction, decision);
  const bool gone = document.gone;
  if (known->has_value() && (*known)->withdrawn()) {
    decision.drop_reason = kWithdrawn;
    return absl::OkStatus();
  }
  if (known->has_value() && !gone && document.revision <= (*known)->revision()) {
    decision.drop_reason = kRedelivered;
    return absl::OkStatus();
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
    return absl::OkStatus();
  }
  if (decision.matches.empty())
    return Retract(document, **known, gone ? kGone : kOffTopic, transaction, decision);
  if (known->has_value()) {
    decision.event = data::v1::FEED_EVENT_UPDATED;
    decision.changes.push_back(
        {.telling = TellingOf(**known, document.article_id), .holds = false});
    Remember(document, (*known)->cluster_id(), now, transaction, decision);
    return absl::OkStatus();
  }
  const std::string cluster(document.cluster_id);
  absl::StatusOr<uint32_t> others = CountCluster(transaction, cluster, 1);
  if (!others.ok()) return others.status();
  decision.event = *others > 0 ? data::v1::FEED_EVENT_COPIED : data::v1::FEED_EVENT_PUBLISHED;
  Remember(document, cluster, now, transaction, decision);
  return absl::OkStatus();
}

void Publisher::Keep(const Decision& decision) {
  for (const Decision::Change& change : decision.changes) {
    if (change.holds) {
      shown_.insert(change.telling);
    } else {
      shown_.erase(change.telling);
    }
  }
}

}  // namespace sluice::classify_relevance
