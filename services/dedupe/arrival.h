#pragma once

#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "pipeline/base/hash.h"
#include "services/dedupe/fingerprint.h"

namespace sluice::dedupe {

// What of a document decides where it belongs.
struct Arrival {
  base::Hash128 id;
  std::vector<uint64_t> urls;  // HashUrl of its own, then others of the same page; at most 3.
  // The last of `urls` is only what the page says of itself: sites name one address for many pages.
  bool last_url_claimed = false;
  uint32_t site = 0;  // Hash of the site; 0: unknown.
  uint64_t body = 0;  // Hash of the page's bytes; 0: unknown.
  uint32_t extractor_version = 0;
  absl::Time date = absl::InfinitePast();  // Of the document; InfinitePast: unknown.
  bool gone = false;                       // No text: the page was taken down, or withdrawn.
  Fingerprint fingerprint;
};

}  // namespace sluice::dedupe
