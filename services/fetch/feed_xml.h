#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "services/fetch/feed.h"

namespace sluice::fetch {

// RSS, RDF, Atom and CDF, as ParseFeed. `utf8` is the decoded body.
absl::StatusOr<Feed> ParseXmlFeed(std::string_view utf8, const FeedDocument& document,
                                  const FeedLimits& limits);

}  // namespace sluice::fetch
