#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "services/fetch/feed.h"

namespace sluice::fetch {

// A JSON Feed (jsonfeed.org, version 1 and 1.1), as ParseFeed. `utf8` is the decoded body.
absl::StatusOr<Feed> ParseJsonFeed(std::string_view utf8, const FeedDocument& document,
                                   const FeedLimits& limits);

}  // namespace sluice::fetch
