#pragma once

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/dedupe/fingerprint.h"
#include "services/dedupe/near_duplicate_index.h"
#include "sluice/config/v1/dedupe.pb.h"

namespace sluice::dedupe {

struct DedupeOptions {
  FingerprintOptions fingerprint;
  NearDuplicateIndexOptions index;
  size_t documents_max = 4'000'000;  // Known by id and URL. In [1, 2^31]. The oldest go first.
  size_t withdrawn_max = 100'000;    // Addresses kept out. In [1, 10^7]. No more are taken.
  size_t also_matches_max = 8;       // Further clusters named. In [0, 64].
  absl::Duration near_window = absl::Hours(96);  // By document date. An older twin must agree more.
  absl::Duration text_memory = absl::Hours(24 * 30);      // By log time. Older texts are not met.
  absl::Duration document_memory = absl::Hours(24 * 90);  // By log time. At least text_memory.
  absl::Duration date_past_max = absl::Hours(24 * 90);    // A document's date is clipped to so much
  absl::Duration date_future_max = absl::Hours(24);       // before and after log time.
};

// kInvalidArgument: an option is out of range; the message names it, its value and the range.
absl::Status Check(const DedupeOptions& options);
absl::StatusOr<DedupeOptions> FromConfig(const config::v1::Dedupe& config);

}  // namespace sluice::dedupe
