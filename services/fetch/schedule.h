#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "absl/types/span.h"

namespace sluice::fetch {

// When to ask again. Pure functions of what was seen; all bounds are the caller's options.

// What a visit to a source showed, and what its owner asked for.
struct SourceVisit {
  absl::Duration interval;                    // That led to this visit.
  absl::Duration configured;                  // The first interval.
  absl::Duration interval_min, interval_max;  // A shorter `configured` is the lower bound instead.
  bool first = false;                         // Nothing was known of the source before.
  uint32_t failures = 0;  // In a row, with this one: no answer, or none that could be read.
  uint32_t items = 0, items_new = 0;              // 0 and 0: unchanged.
  absl::Duration ttl = absl::ZeroDuration();      // Floors: RSS ttl,
  absl::Duration max_age = absl::ZeroDuration();  // Cache-Control: max-age,
  absl::Duration retry_after =
      absl::ZeroDuration();  // Retry-After. It alone may exceed interval_max.
};

// The time to the next visit. The share of items that the visit before had shown decides: .67 or
// more makes it half as long again, less than .33 two thirds; each failure doubles it. Then the
// floors, within the bounds.
absl::Duration NextSourceInterval(const SourceVisit& visit);

// The wait before try `attempts` + 1 of something that has failed `attempts` times (at least 1):
// four times as long each time.
absl::Duration RetryDelay(uint32_t attempts, absl::Duration first, absl::Duration max);

// When a page is looked at again that was first fetched at `first_fetched` and has had `made`
// revisits. A time that has passed (the program stood still) counts from `now`, so that not all
// come at once. InfiniteFuture: never.
absl::Time NextRevisit(absl::Span<const absl::Duration> revisits, absl::Time first_fetched,
                       uint32_t made, absl::Time now);

// Of a Retry-After header: seconds or an HTTP date (RFC 9110 §10.2.3). Zero: not there, unreadable,
// or past.
absl::Duration ParseRetryAfter(std::string_view value, absl::Time now);

// The max-age of a Cache-Control header, zero under no-cache or no-store or where there is none.
// (RFC 9111 §5.2)
absl::Duration ParseMaxAge(std::string_view value);

}  // namespace sluice::fetch
