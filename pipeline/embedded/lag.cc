#include "pipeline/embedded/lag.h"

#include <algorithm>
#include <string>

namespace sluice::embedded {

Lag MeasureLag(Storage& storage, const Watermarks& watermarks, const TopicPartition& at,
               uint64_t next, absl::Time now) {
  const Watermarks::Range range = watermarks.range(at, Watermarks::View::kWritten);
  const uint64_t from = std::max(next, range.first);
  if (from >= range.end) return {};
  std::string first_bytes;
  std::string last_bytes;
  const absl::StatusOr<StoredRecord> first = storage.Read(at, from, first_bytes);
  const absl::StatusOr<StoredRecord> last = storage.Read(at, range.end - 1, last_bytes);
  if (!first.ok() || !last.ok()) return {};
  return {.records = range.end - from,
          .bytes = last->bytes_before + last->bytes() - first->bytes_before,
          .age = std::max(now - first->appended, absl::ZeroDuration())};
}

}  // namespace sluice::embedded
