#include "services/feed/batch.h"

#include <utility>

#include "absl/hash/hash.h"

namespace sluice::feed {

BatchPtr BuildBatch(const std::vector<ItemPtr>& items, const Position& end) {
  const std::string cursor = EncodeCursorField(end.cursor.Encode());
  size_t bytes = cursor.size();
  for (const ItemPtr& item : items) bytes += item->frame.size();
  auto batch = std::make_shared<Batch>();
  batch->bytes.reserve(bytes);
  for (const ItemPtr& item : items) batch->bytes += item->frame;
  batch->bytes += cursor;
  batch->items = items.size();
  batch->end = end;
  return batch;
}

BatchCache::Slot& BatchCache::SlotOf(const Key& key) {
  return slots_[absl::HashOf(key.from, key.filter, key.bytes_max) % slots_.size()];
}

BatchPtr BatchCache::Find(const Key& key, uint64_t head) {
  absl::MutexLock lock(&mutex_);
  const Slot& slot = SlotOf(key);
  if (slot.batch == nullptr || slot.key != key) return nullptr;
  return slot.complete || slot.batch->end.next >= head ? slot.batch : nullptr;
}

void BatchCache::Put(const Key& key, bool complete, BatchPtr batch) {
  absl::MutexLock lock(&mutex_);
  SlotOf(key) = {.key = key, .complete = complete, .batch = std::move(batch)};
}

}  // namespace sluice::feed
