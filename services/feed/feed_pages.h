#pragma once

#include <string>
#include <vector>

#include "pipeline/base/clock.h"
#include "pipeline/http/server.h"
#include "services/feed/articles.h"
#include "services/feed/feed_store.h"
#include "services/feed/renderings.h"

namespace sluice::feed {

// The clean feed over HTTP: `/` for people, `/feed.atom`, `/feed.json`, and what the page is made
// of. They take limit=, topic=, language=, source=, facet=, score_min=, copies=1. Any thread.
class FeedPages {
 public:
  struct Options {
    std::string title = "Sluice";
    std::string public_url;  // Without a final slash; empty: unknown.
    ArticleOptions articles = {};
    size_t articles_limit_max = 200;  // What limit= may ask for.
  };

  // Both outlive the pages, and these the server that has the routes.
  FeedPages(const Options& options, FeedStore& store, const base::Clock& clock)
      : options_(options), store_(&store), clock_(&clock) {}

  std::vector<http::Route> Routes();

 private:
  using Render = std::string (*)(const Channel&, const std::vector<Article>&);

  http::Response Answer(const http::Request& request, Render render,
                        std::string content_type) const;

  const Options options_;
  FeedStore* store_;          // Not owned.
  const base::Clock* clock_;  // Not owned.
};

}  // namespace sluice::feed
