#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pipeline/base/clock.h"
#include "pipeline/embedded/committer.h"
#include "pipeline/embedded/shard_registry.h"
#include "pipeline/embedded/storage.h"
#include "pipeline/embedded/watermarks.h"

namespace sluice::embedded {

// Removes records that every reader has read and that are over an age or a number of bytes. One
// thread.
//
// Nothing is removed record by record: a partition loses all below a mark at once, and readers
// never look below it.
class Retention {
 public:
  struct Options {
    std::optional<absl::Duration>
        age_max;  // Of topics that are no archives; otherwise as in log::Topics().
    uint64_t topic_bytes_max = uint64_t{4} << 30;  // Of keys and values.
    uint64_t trim_bytes_min = 8 << 20;             // Less is left for another time.
    // A shard or replica that is closed and committed last so long ago holds nothing back any more.
    absl::Duration reader_forgotten = absl::Hours(24 * 30);
  };

  // All outlive it.
  Retention(const Options& options, Storage& storage, Watermarks& watermarks, ShardRegistry& shards,
            Committer& committer, const base::Clock& clock);

  // Once through all partitions: seconds where much is removed.  kDataLoss: the database is over.
  absl::Status Trim();

  // Removes what is below `first`, read or not, and gives the disk back.
  absl::Status TrimTo(const TopicPartition& at, uint64_t first);

 private:
  absl::Status TrimPartition(const TopicPartition& at);
  // The first offset that age and bytes let stay.
  absl::StatusOr<uint64_t> TooOld(const TopicPartition& at, const Watermarks::Range& range);
  absl::StatusOr<uint64_t> BytesBetween(const TopicPartition& at, uint64_t first, uint64_t end);
  absl::Status Remove(const TopicPartition& at, uint64_t old_first, uint64_t first);
  absl::Status FreeSpace(const TopicPartition& at, uint64_t first);

  const Options options_;
  Storage* storage_;  // Not owned, as the following.
  Watermarks* watermarks_;
  ShardRegistry* shards_;
  Committer* committer_;
  const base::Clock* clock_;
};

}  // namespace sluice::embedded
