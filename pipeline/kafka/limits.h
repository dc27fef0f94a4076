#pragma once

#include <cstddef>

#include "absl/time/time.h"
#include "pipeline/log/transaction.h"

namespace sluice::kafka {

// A record with its framing. Batches are smaller, unless one record is not.
inline constexpr size_t kMessageBytesMax = log::Transaction::kRecordBytesMax + (1 << 20);

// max.message.bytes of our topics: a batch, which librdkafka may end one record late.
inline constexpr size_t kBatchBytesMax = 2 * kMessageBytesMax;

// How long compacted changelogs must keep tombstones (delete.retention.ms), and the age up to which
// a local copy may still rely on them.
inline constexpr absl::Duration kTombstonesKept = absl::Hours(7 * 24);
inline constexpr absl::Duration kTombstonesReadWithin = absl::Hours(6 * 24);

}  // namespace sluice::kafka
