#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sluice/data/v1/feed_item.pb.h"
#include "sluice/service/v1/feed.pb.h"

namespace sluice::feed {

// What filters look at, taken out of an item once.
struct ItemFacts {
  struct Match {
    std::string topic;
    double score = 0;
    double related = 0;
    std::vector<std::string> facets;  // name=value, sorted.
  };
  data::v1::FeedEvent event = data::v1::FEED_EVENT_UNSPECIFIED;
  data::v1::PageKind kind = data::v1::PAGE_KIND_UNSPECIFIED;
  absl::Time event_time;
  std::string language;
  std::string source_id;
  std::vector<Match> matches;
};

ItemFacts FactsOf(const data::v1::FeedItem& item);

// Which items a subscriber wants: every field that is set has to match, and topic, scores and
// facets have to match in one topic. A retraction passes whatever it says of score, facets, kind
// and language, for who was sent an article has to learn that it is withdrawn; of its topics and
// source where it names any. Pure; any thread.
class Filter {
 public:
  static constexpr int kValuesMax = 64;  // Of one list.

  Filter() = default;  // Passes everything.
  // kInvalidArgument: an unknown kind, a facet that is not name=value, a score outside 0 to 1, or a
  // list longer than kValuesMax; the message names the field and the value.
  static absl::StatusOr<Filter> Compile(const service::v1::Filter& filter);

  bool Matches(const ItemFacts& facts) const;

  bool passes_all() const { return fingerprint_ == 0; }
  // Equal filters have equal ones; 0: passes everything.
  uint64_t fingerprint() const { return fingerprint_; }

 private:
  bool TopicMatches(const ItemFacts::Match& match) const;

  uint64_t fingerprint_ = 0;
  std::vector<std::string> topics_;
  std::vector<std::string> languages_;
  std::vector<std::string> source_ids_;
  std::vector<data::v1::PageKind> kinds_;
  std::vector<std::vector<std::string>> facets_;  // By name: one of each inner list.
  double score_min_ = 0;
  double related_min_ = 0;
  bool by_topic_ = false;  // topics, scores or facets are set.
  bool one_per_cluster_ = false;
  absl::Time since_ = absl::InfinitePast();
};

// Of a page kind as filters and outputs spell it, such as live_blog; empty: unspecified.
std::string KindName(data::v1::PageKind kind);

}  // namespace sluice::feed
