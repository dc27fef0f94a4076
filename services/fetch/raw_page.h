#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "pipeline/base/hash.h"
#include "sluice/data/v1/raw_page.pb.h"

namespace sluice::fetch {

// A page's body as it was had.
struct PageBody {
  std::string bytes;
  data::v1::BodyCodec codec = data::v1::BODY_CODEC_IDENTITY;  // Or GZIP.
  // Of the inflated body, where it is known already; otherwise found out here.
  uint64_t inflated_bytes = 0;
  std::optional<base::Hash128> hash = std::nullopt;
};

struct PageLimits {
  uint64_t body_bytes_max = 8 << 20;  // Inflated.
  // As stored. What is left of a record's 2 MiB is for the envelope, its trail and the other
  // fields.
  uint64_t stored_bytes_max = (2 << 20) - (64 << 10);
};

// The RawPage of a body, the one way in which pages enter: fetched, submitted or replayed. A gzip
// body of one member is kept as it came, another is compressed with zstd (level 1) where that makes
// it smaller. Envelope, body, codec, body_bytes and body_hash are set; the envelope is `envelope`
// with the id of this capture, which its `url` (final, normalised) and the body make. Any thread.
//   kOutOfRange: over a limit. kInvalidArgument: the gzip is damaged, or the codec is another.
absl::StatusOr<data::v1::RawPage> MakeRawPage(const data::v1::Envelope& envelope, PageBody body,
                                              const PageLimits& limits);

}  // namespace sluice::fetch
