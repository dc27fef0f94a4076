#pragma once

#include <optional>
#include <string_view>

#include "absl/time/time.h"

namespace sluice::fetch {

// The instant that a feed's or sitemap's date names. Reads RFC 822 and 2822, ISO 8601 and W3CDTF
// with their short forms, RFC 850, asctime, and what feeds write instead: swapped, missing or
// two-digit parts, month names of many languages, zone names, AM and PM. Without a time of day:
// midnight. Without a zone, or with an unknown one: UTC. Fractions of seconds are dropped. nullopt:
// no date, or a day that does not exist.  Any thread.
std::optional<absl::Time> ParseFeedDate(std::string_view text);

}  // namespace sluice::fetch
