#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sluice/service/v1/feed.pb.h"

namespace sluice::cli {

// A feed item as a line of `tail --format jsonl`: cursor, event, id, article_id, revision,
// cluster_id, url, canonical_url, title, text, author, date, language, site, score, related,
// facets, matches, origin; of a retracted one also retraction_reason
// and retraction_detail. Dates are RFC 3339, or null.
nlohmann::ordered_json FeedLine(const service::v1::CursorItem& item);

// For people: two or three lines and an empty one.
std::string FeedText(const service::v1::CursorItem& item);

// published, updated, copied, retracted.
std::string EventName(data::v1::FeedEvent event);

}  // namespace sluice::cli
