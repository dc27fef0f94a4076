#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/log/transaction.h"
#include "services/classify_relevance/document_view.h"
#include "sluice/data/v1/feed_item.pb.h"

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
  std::vector<data::v1::TopicMatch> matches;  // Topics that keep it, the best first.
};

// Decides what the feed shows. All memory is in the table: an article's row while it is shown, and
// for its cluster how many articles of it are. Serial.
class Publisher {
 public:
  static constexpr std::string_view kTable = "published";
  static constexpr std::string_view kOffTopic = "off_topic";
  static constexpr std::string_view kGone = "gone";
  static constexpr std::string_view kRedelivered = "redelivered";

  explicit Publisher(std::vector<KeepRule> rules) : rules_(std::move(rules)) {}

  // Reads and writes rows of `transaction`. `matches`: one a rule, in their order.
  //   kDataLoss: a row is damaged.
  absl::StatusOr<Decision> Decide(const DocumentView& document,
                                  std::vector<data::v1::TopicMatch> matches,
                                  log::Transaction& transaction) const;

 private:
  std::vector<KeepRule> rules_;
};

}  // namespace sluice::classify_relevance
