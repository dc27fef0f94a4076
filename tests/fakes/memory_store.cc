#include "tests/fakes/memory_store.h"

#include <algorithm>
#include <set>

#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"

namespace sluice::fakes {

std::deque<MemoryStore::Entry>::const_iterator MemoryStore::PartitionLog::From(
    uint64_t offset) const {
  return std::ranges::lower_bound(entries, offset, {}, &Entry::offset);
}

MemoryStore::MemoryStore(log::Partition keyed_partitions, uint64_t gap) : gap_(gap) {
  for (const log::Topic& topic : log::Topics()) {
    topics_[std::string(topic.name)].resize(topic.keyed ? keyed_partitions : 1);
  }
}

log::Partition MemoryStore::partitions(std::string_view topic) const {
  const auto found = topics_.find(topic);
  return found == topics_.end() ? 0 : static_cast<log::Partition>(found->second.size());
}

MemoryStore::PartitionLog& MemoryStore::at(std::string_view topic, log::Partition partition) {
  return topics_.find(topic)->second.at(partition);
}

const MemoryStore::PartitionLog& MemoryStore::at(std::string_view topic,
                                                 log::Partition partition) const {
  return topics_.find(topic)->second.at(partition);
}

absl::Status MemoryStore::CheckAppends(absl::Span<const log::Transaction::Append> appends) const {
  for (const log::Transaction::Append& append : appends) {
    const log::Partition count = partitions(append.topic);
    if (count == 0) {
      return absl::InvalidArgumentError(fmt::format("there is no topic {}", append.topic));
    }
    if (append.partition.value_or(0) >= count) {
      return absl::InvalidArgumentError(fmt::format("topic {} has {} partitions: {} does not exist",
                                                    append.topic, count, *append.partition));
    }
  }
  return absl::OkStatus();
}

void MemoryStore::Append(absl::Span<const log::Transaction::Append> appends, absl::Time now) {
  std::set<PartitionLog*> touched;
  for (const log::Transaction::Append& append : appends) {
    const log::Partition partition =
        append.partition.value_or(log::PartitionOf(append.key, partitions(append.topic)));
    PartitionLog& log = at(append.topic, partition);
    log.last_appended = std::max(log.last_appended, now);
    log.entries.push_back({.offset = log.end++,
                           .order = order_++,
                           .appended = log.last_appended,
                           .key = append.key,
                           .value = append.value});
    touched.insert(&log);
  }
  for (PartitionLog* log : touched) log->end += gap_;
}

void MemoryStore::Write(const log::Transaction& transaction, Shard& shard) {
  for (const log::Transaction::Row& row : transaction.rows()) {
    auto& rows = shard.tables.find(row.table)->second.rows;
    if (row.value.has_value()) {
      rows.insert_or_assign(row.key, *row.value);
    } else {
      rows.erase(row.key);
    }
  }
  for (const auto& [table, time] : transaction.expiries()) {
    auto& rows = shard.tables.find(table)->second.rows;
    rows.erase(rows.begin(), rows.lower_bound(log::ExpiringKey(time, "")));
  }
}

bool MemoryStore::Passed(const Shard& shard) const {
  return std::ranges::any_of(shard.positions, [this](const auto& position) {
    return position.second < at(position.first.first, position.first.second).first;
  });
}

void MemoryStore::Trim(std::string_view topic, log::Partition partition, uint64_t offset) {
  PartitionLog& log = at(topic, partition);
  log.first = std::clamp(offset, log.first, log.end);
  log.entries.erase(log.entries.cbegin(), log.From(log.first));
}

std::vector<MemoryStore::InputPartition> InputPartitions(const log::Log& log,
                                                         const std::vector<std::string>& inputs,
                                                         std::optional<log::Partition> partition) {
  std::vector<MemoryStore::InputPartition> all;
  for (const std::string& input : inputs) {
    const log::Partition count = log.Partitions(input);
    for (log::Partition p = partition.value_or(0); p < count; ++p) {
      all.emplace_back(input, p);
      if (partition.has_value()) break;
    }
  }
  return all;
}

}  // namespace sluice::fakes
