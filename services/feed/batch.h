#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/feed/cursor.h"
#include "services/feed/encoded_item.h"

namespace sluice::feed {

// A reader's place: what comes next, and the cursor to come back with.
struct Position {
  uint64_t next = 0;  // Offset; all before has been seen or filtered out.
  Cursor cursor;

  static Position After(const EncodedItem& item) { return {item.offset + 1, item.after()}; }
};

// An encoded SubscribeResponse.
struct Batch {
  std::string bytes;
  size_t items = 0;
  Position end;  // Behind it.
};
using BatchPtr = std::shared_ptr<const Batch>;  // Shared by readers, and by writes in flight.

// Of these items, in order, with the cursor of `end`.
BatchPtr BuildBatch(const std::vector<ItemPtr>& items, const Position& end);

// The batches made last, so that readers at one place with equal filters share one. Any thread.
class BatchCache {
 public:
  struct Key {
    uint64_t from = 0;    // Position::next.
    uint64_t filter = 0;  // Filter::fingerprint.
    uint64_t bytes_max = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };

  // nullptr: none, or one that newer items could lengthen, the feed ending at `head`.
  BatchPtr Find(const Key& key, uint64_t head);
  // `complete`: nothing that comes later could be part of it.
  void Put(const Key& key, bool complete, BatchPtr batch);

 private:
  struct Slot {
    Key key;
    bool complete = false;
    BatchPtr batch;
  };

  Slot& SlotOf(const Key& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  std::array<Slot, 64> slots_ ABSL_GUARDED_BY(mutex_);  // By hash; the later of two stays.
};

}  // namespace sluice::feed
