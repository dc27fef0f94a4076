#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "pipeline/url/url.h"

namespace sluice::url {

// The standard's "basic URL parser" without state override (WHATWG URL §4.4). `base` may be null.
// kInvalidArgument: failure; the message says where.
absl::StatusOr<Url::Parts> ParseUrl(std::string_view input, const Url::Parts* base);

}  // namespace sluice::url
