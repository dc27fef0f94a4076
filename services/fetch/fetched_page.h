#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pipeline/log/transaction.h"
#include "pipeline/stage/stage.h"
#include "pipeline/stage/verdict.h"
#include "services/fetch/http_client.h"
#include "services/fetch/raw_page.h"
#include "sluice/data/v1/crawl_target.pb.h"
#include "sluice/data/v1/envelope.pb.h"
#include "sluice/data/v1/source_health.pb.h"

namespace sluice::fetch {

// What a shard's turn works with.
struct FetchTurn {
  absl::Time now;
  log::Transaction& transaction;
  stage::Outcomes& outcomes;
  // Emitted when all pages of the turn are settled.
  std::vector<data::v1::CrawlTarget> found;
  std::vector<data::v1::SourceHealth> health;
};

// What a feed or sitemap said of a page.
struct PageHints {
  std::string title;
  std::optional<google::protobuf::Timestamp> published;
  std::string language;
};

// Emits the page of a whole answer with a status of 200 or 203. `envelope` has its final and its
// requested URL and gets the capture's id. Passed, or Dropped{too_large or content_coding}.
stage::Verdict EmitPage(data::v1::Envelope& envelope, const PageHints& hints, HttpResponse response,
                        const PageLimits& limits, absl::Time now, log::Transaction& transaction);

// Emits that a page of which `envelope` has the URLs is gone. Sets the id.
void EmitGone(data::v1::Envelope& envelope, int status, absl::Time now,
              log::Transaction& transaction);

}  // namespace sluice::fetch
