#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "pipeline/log/log.h"

namespace sluice::fakes {

// What MemoryLog would keep on disk: topics, and each shard's tables and positions. Not
// thread-safe: MemoryLog locks.
class MemoryStore {
 public:
  struct Entry {
    uint64_t offset = 0;
    uint64_t order = 0;  // Of all records of all topics.
    absl::Time appended;
    std::string key;
    std::string value;

    size_t bytes() const { return key.size() + value.size(); }
  };
  struct PartitionLog {
    uint64_t first = 0;  // What was below has been removed.
    uint64_t end = 0;    // The next record's offset.
    absl::Time last_appended = absl::InfinitePast();
    std::deque<Entry> entries;

    // The first entry at `offset` or after it.
    std::deque<Entry>::const_iterator From(uint64_t offset) const;
  };
  struct StoredTable {
    uint32_t version = 1;
    std::map<std::string, std::string, std::less<>> rows;
  };
  using InputPartition = std::pair<std::string, log::Partition>;
  struct Shard {
    uint64_t epoch = 0;  // Rises with every open: an older one is fenced.
    std::map<InputPartition, uint64_t> positions;
    std::map<std::string, StoredTable, std::less<>> tables;
  };

  // Keyed topics have `keyed_partitions`. `gap`: offsets left out after each commit, as brokers'
  // control records do.
  MemoryStore(log::Partition keyed_partitions, uint64_t gap);

  log::Partition partitions(std::string_view topic) const;
  PartitionLog& at(std::string_view topic, log::Partition partition);
  const PartitionLog& at(std::string_view topic, log::Partition partition) const;
  Shard& shard(const std::string& name) { return shards_[name]; }
  const std::map<std::string, Shard>& shards() const { return shards_; }

  // kInvalidArgument: topics or partitions that do not exist; nothing is changed.
  absl::Status CheckAppends(absl::Span<const log::Transaction::Append> appends) const;
  // Believes in CheckAppends.
  void Append(absl::Span<const log::Transaction::Append> appends, absl::Time now);
  static void Write(const log::Transaction& transaction, Shard& shard);

  // Whether retention has passed a position of the shard.
  bool Passed(const Shard& shard) const;
  // Removes what is below `offset`.
  void Trim(std::string_view topic, log::Partition partition, uint64_t offset);

 private:
  uint64_t gap_;
  uint64_t order_ = 0;
  std::map<std::string, std::vector<PartitionLog>, std::less<>> topics_;
  std::map<std::string, Shard> shards_;
};

// The parts of an input that a shard reads; without a `partition`, all.
std::vector<MemoryStore::InputPartition> InputPartitions(const log::Log& log,
                                                         const std::vector<std::string>& inputs,
                                                         std::optional<log::Partition> partition);

}  // namespace sluice::fakes
