#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "pipeline/embedded/storage.h"
#include "pipeline/embedded/watermarks.h"

namespace sluice::embedded {

// Next offsets by input partition.
class Positions {
 public:
  std::optional<uint64_t> Find(const TopicPartition& at) const;
  void Set(const TopicPartition& at, uint64_t next);
  const std::vector<std::pair<TopicPartition, uint64_t>>& all() const { return all_; }

 private:
  std::vector<std::pair<TopicPartition, uint64_t>> all_;  // A handful.
};

// What the log remembers of one shard or replica, open or not. Its mutex is held through a commit:
// who opens the shard waits for the one in work, and fences the next.
struct ShardSlot {
  explicit ShardSlot(std::string shard) : name(std::move(shard)) {}

  const std::string name;
  absl::Mutex mutex;
  uint64_t epoch ABSL_GUARDED_BY(mutex) = 0;  // Of the last opening.
  bool open ABSL_GUARDED_BY(mutex) = false;
  Positions committed ABSL_GUARDED_BY(mutex);
  Positions reading ABSL_GUARDED_BY(mutex);  // While open: also of inputs without a committed one.
  absl::Time used ABSL_GUARDED_BY(mutex) = absl::InfinitePast();  // Its last commit.
};

// All shards and replicas that ever committed or are open. Any thread.
class ShardRegistry {
 public:
  // Reads them.  kDataLoss: damaged.
  static absl::StatusOr<std::unique_ptr<ShardRegistry>> Load(Storage& storage);

  // Lives as long as the registry. A new one where there is none.
  ShardSlot& At(std::string_view name);

  // Held by who opens a shard, and by retention from the question who reads to the answer: no
  // reader begins in between.
  absl::Mutex& openings() ABSL_LOCK_RETURNED(openings_) { return openings_; }

  // The lowest position of all who read a partition; those closed and unused since `forgotten` do
  // not count. nullopt: nobody.
  std::optional<uint64_t> Lowest(const TopicPartition& at, absl::Time forgotten);

  // For the meta family.
  static std::string Encode(const Positions& positions, absl::Time used);

 private:
  absl::Mutex openings_;
  absl::Mutex mutex_;
  std::map<std::string, std::unique_ptr<ShardSlot>, std::less<>> slots_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sluice::embedded
