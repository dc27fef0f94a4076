#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "pipeline/embedded/storage.h"
#include "pipeline/embedded/watermarks.h"

namespace sluice::embedded {

// What lies between a position and the end of its partition.
struct Lag {
  uint64_t records = 0;
  uint64_t bytes = 0;  // Of keys and values.
  absl::Duration age;  // Of the oldest.
};

// Nothing where the record at the position cannot be read: that is told to who reads it.
Lag MeasureLag(Storage& storage, const Watermarks& watermarks, const TopicPartition& at,
               uint64_t next, absl::Time now);

}  // namespace sluice::embedded
