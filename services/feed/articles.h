#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/feed/feed_store.h"
#include "services/feed/filter.h"

namespace sluice::feed {

// An article as people read of it: taken from its newest event.
struct Article {
  std::string id;   // Of the article: it outlives updates.
  std::string url;  // http(s), or empty.
  std::string title;
  std::string excerpt;  // The beginning of its text.
  std::vector<std::string> authors;
  std::string site;  // Its name, or the host.
  std::string language;
  std::string topic;  // The best, with its score.
  double score = 0;
  std::vector<std::string> tags;  // Facets' values, then further topics.
  bool updated = false;           // It has had more than one revision.
  absl::Time published;           // The document's own date; InfinitePast: it has none.
  absl::Time event_time;
  std::string cursor;
};

struct ArticleOptions {
  size_t articles_max = 50;
  size_t excerpt_bytes_max = 400;
  size_t pages_max = 8;  // Of the store, looked at for one list.
  // Also further articles of one cluster. Otherwise a copy is left out, updated or not, unless an
  // article of its cluster was retracted since and nothing else of the cluster is there: then it
  // stands in.
  bool copies = false;
};

// The newest articles that pass, the newest event first; retracted ones are left out. May read from
// disk. kUnavailable: the feed is starting.
absl::StatusOr<std::vector<Article>> NewestArticles(FeedStore& store, const Filter& filter,
                                                    const ArticleOptions& options);

// At most `bytes_max` of `text` as one line, cut between words, with an ellipsis where it was cut.
std::string Excerpt(std::string_view text, size_t bytes_max);

}  // namespace sluice::feed
