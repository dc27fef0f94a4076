#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/log/transaction.h"
#include "services/classify_relevance/document_view.h"
#include "sluice/data/v1/feed_item.pb.h"
#include "sluice/state/v1/classify_relevance.pb.h"

namespace sluice::classify_relevance {

// Scores from which a topic keeps a document.
struct KeepRule {
  std::string topic;
  double publish_score_min = 0.5;
  double retract_score_min = 0.3;  // Of a document that the feed shows already.
};

// What becomes of an article.
struct Decision {
  data::v1::FeedEvent event = data::v1::FEED_EVENT_UNSPECIFIED;  // Unspecified: it is dropped.
  std::string_view drop_reason;
  std::string retraction_reason;
  std::string title;                          // Of a retracted one, as it was last shown.
  std::vector<data::v1::TopicMatch> matches;  // Topics that keep it, the best first.
};

// Decides what the feed shows. All memory is in the table: an article's row while it is shown, or
// withdrawn, and for its cluster how many articles of it are shown. Serial.
class Publisher {
 public:
  static constexpr std::string_view kTable = "published";
  static constexpr std::string_view kOffTopic = "off_topic";
  static constexpr std::string_view kGone = "gone";
  static constexpr std::string_view kRedelivered = "redelivered";
  static constexpr std::string_view kWithdrawn = "withdrawn";         // By an operator; stays out.
  static constexpr std::string_view kAllowedAgain = "allowed_again";  // That was undone.

  explicit Publisher(std::vector<KeepRule> rules) : rules_(std::move(rules)) {}

  // Reads and writes rows of `transaction`. `matches`: one a rule, in their order.
  //   kDataLoss: a row is damaged.
  absl::StatusOr<Decision> Decide(const DocumentView& document,
                                  std::vector<data::v1::TopicMatch> matches,
                                  log::Transaction& transaction) const;

 private:
  // Takes the article's row away; the cluster shows one less.
  static absl::StatusOr<Decision> Retract(const std::string& key,
                                          const state::v1::PublishedArticle& shown,
                                          std::string_view reason, log::Transaction& transaction);
  // What an operator said. `known`: the article's row, if any.
  static absl::StatusOr<Decision> Obey(const DocumentView& document, const std::string& key,
                                       const std::optional<state::v1::PublishedArticle>& known,
                                       log::Transaction& transaction);

  std::vector<KeepRule> rules_;
};

}  // namespace sluice::classify_relevance
