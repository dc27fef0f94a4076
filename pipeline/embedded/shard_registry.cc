#include "pipeline/embedded/shard_registry.h"

#include <algorithm>

#include "pipeline/log/topics.h"
#include "sluice/state/v1/embedded_log.pb.h"

namespace sluice::embedded {

std::optional<uint64_t> Positions::Find(const TopicPartition& at) const {
  for (const auto& [partition, next] : all_) {
    if (partition == at) return next;
  }
  return std::nullopt;
}

void Positions::Set(const TopicPartition& at, uint64_t next) {
  for (auto& [partition, position] : all_) {
    if (partition != at) continue;
    position = next;
    return;
  }
  all_.emplace_back(at, next);
}

absl::StatusOr<std::unique_ptr<ShardRegistry>> ShardRegistry::Load(Storage& storage) {
  const absl::StatusOr<std::vector<std::string>> names = storage.ShardNames();
  if (!names.ok()) return names.status();
  auto registry = std::make_unique<ShardRegistry>();
  for (const std::string& name : *names) {
    state::v1::EmbeddedShardPosition stored;
    const absl::StatusOr<bool> found = storage.ReadMeta(Storage::PositionKey(name), stored);
    if (!found.ok()) return found.status();
    ShardSlot& slot = registry->At(name);
    absl::MutexLock lock(&slot.mutex);
    slot.used = absl::FromUnixMicros(stored.used_micros());
    for (const auto& input : stored.inputs()) {
      // A topic that this program does not know, or a partition that it has not: nobody reads it.
      const std::optional<size_t> topic = TopicIndex(input.topic());
      if (!topic.has_value() || input.partition() >= storage.partitions(*topic)) continue;
      slot.committed.Set({*topic, input.partition()}, input.next_offset());
    }
  }
  return registry;
}

ShardSlot& ShardRegistry::At(std::string_view name) {
  absl::MutexLock lock(&mutex_);
  const auto found = slots_.find(name);
  if (found != slots_.end()) return *found->second;
  std::string key(name);
  auto slot = std::make_unique<ShardSlot>(key);
  return *slots_.emplace(std::move(key), std::move(slot)).first->second;
}

std::optional<uint64_t> ShardRegistry::Lowest(const TopicPartition& at, absl::Time forgotten) {
  std::vector<ShardSlot*> slots;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [name, slot] : slots_) slots.push_back(slot.get());
  }
  std::optional<uint64_t> lowest;
  for (ShardSlot* slot : slots) {
    absl::MutexLock lock(&slot->mutex);
    const std::optional<uint64_t> position =
        slot->open ? slot->reading.Find(at) : slot->committed.Find(at);
    if (!position.has_value() || (!slot->open && slot->used < forgotten)) continue;
    lowest = std::min(lowest.value_or(*position), *position);
  }
  return lowest;
}

std::string ShardRegistry::Encode(const Positions& positions, absl::Time used) {
  state::v1::EmbeddedShardPosition stored;
  for (const auto& [at, next] : positions.all()) {
    auto* input = stored.add_inputs();
    input->set_topic(std::string(log::Topics()[at.topic].name));
    input->set_partition(at.partition);
    input->set_next_offset(next);
  }
  stored.set_used_micros(absl::ToUnixMicros(used));
  return stored.SerializeAsString();
}

}  // namespace sluice::embedded
