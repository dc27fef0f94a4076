#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
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

// When the feed was last told of an article that it shows, and the article's id.
using Telling = std::pair<absl::Time, std::string>;

// What becomes of an article.
struct Decision {
  data::v1::FeedEvent event = data::v1::FEED_EVENT_UNSPECIFIED;  // Unspecified: it is dropped.
  std::string_view drop_reason;
  std::string retraction_reason;
  std::string title;                          // Of a retracted one, as it was last shown.
  std::vector<data::v1::TopicMatch> matches;  // Topics that keep it, the best first.

  // What it changes of the articles that are shown, in order; also of others than the one judged.
  struct Change {
    Telling telling;
    bool holds = false;
  };
  std::vector<Change> changes;
};

// Decides what the feed shows. All memory is in the table: an article's row while it is shown, or
// withdrawn, and for its cluster how many articles of it are shown. Of an article of which the feed
// has not been told for `article_memory` it forgets that it is shown; that one is withdrawn it
// never forgets. Serial.
class Publisher {
 public:
  static constexpr std::string_view kTable = "published";
  static constexpr std::string_view kOffTopic = "off_topic";
  static constexpr std::string_view kGone = "gone";
  static constexpr std::string_view kRedelivered = "redelivered";
  static constexpr std::string_view kWithdrawn = "withdrawn";         // By an operator; stays out.
  static constexpr std::string_view kAllowedAgain = "allowed_again";  // That was undone.

  Publisher(std::vector<KeepRule> rules, absl::Duration article_memory)
      : rules_(std::move(rules)), article_memory_(article_memory) {}

  // With each row of the table, before the first Decide.
  void Load(std::string_view key, std::string_view value);

  // Reads and writes rows of `transaction`, and changes nothing else. `matches`: one a rule, in
  // their order. `now`: the log's.
  //   kDataLoss: a row is damaged.
  absl::StatusOr<Decision> Decide(const DocumentView& document,
                                  std::vector<data::v1::TopicMatch> matches, absl::Time now,
                                  log::Transaction& transaction) const;

  // The decision holds, and so do its rows.
  void Keep(const Decision& decision);

 private:
  // What else there is to say of the document, once what is old has been forgotten.
  absl::Status Judge(const DocumentView& document, std::vector<data::v1::TopicMatch> matches,
                     absl::Time now, log::Transaction& transaction, Decision& decision) const;
  // Takes articles away that have not been told of for long; their clusters show so many less.
  absl::Status Forget(absl::Time now, log::Transaction& transaction, Decision& decision) const;

  std::vector<KeepRule> rules_;
  absl::Duration article_memory_;
  std::set<Telling> shown_;  // Of the rows of articles that are shown, the oldest first.
};

}  // namespace sluice::classify_relevance
