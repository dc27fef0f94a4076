#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/feed/batch.h"
#include "services/feed/encoded_item.h"
#include "services/feed/filter.h"
#include "services/feed/item_index.h"
#include "services/feed/tables.h"

namespace sluice::feed {

// What a look at the feed gave.
struct Turn {
  enum class Kind {
    kBatch,    // `batch`, and on from `position`.
    kScanned,  // Nothing passed the filter this far; look again from `position`.
    kAtHead,   // Nothing more as yet.
    kDisk,     // It takes a read from disk, which was not allowed.
  };
  Kind kind = Kind::kAtHead;
  BatchPtr batch;
  Position position;
};

// Told when there is something to read. Called with no lock held; must not block.
class Waiter {
 public:
  virtual ~Waiter() = default;
  virtual void Wake() = 0;
};

// The feed as readers see it: rows in a replica's tables, found through an index in memory, and the
// newest of them, encoded, in a ring of bounded bytes. One FeedStage writes, from its thread; any
// thread reads. There is no queue a reader: a reader is a Position.
class FeedStore {
 public:
  static constexpr std::string_view kItems = "items";  // The tables that are read here.
  static constexpr std::string_view kIds = "ids";

  struct Options {
    size_t ring_bytes_max = 32 << 20;  // Of encoded items; at least one is kept.
    size_t scan_items_max = 2048;      // Looked at in one Read or List, whatever passes.
    size_t chunk_items_max = 128;      // Taken from the ring or the disk at a time,
    size_t chunk_bytes_max = 1 << 20;  // and their bytes.
  };

  // An item as its row gives it.
  struct Raw {
    ItemIndex::Entry entry;
    std::string bytes;
  };

  explicit FeedStore(const Options& options) : options_(options) {}

  // For the stage. LoadRow hands in what its tables hold, oldest first; Open begins to serve;
  // Publish adds what was committed; Close ends serving, waits for reads of the tables, and
  // forgets.
  void LoadRow(std::string_view key, std::string_view value);
  void LoadTrimmed(const ItemIndex::Entry& through);
  void Open(const log::State& state);
  std::optional<ItemIndex::Entry> Excess(const ItemIndex::Bounds& bounds) const;
  void Publish(std::vector<ItemPtr> items, std::optional<ItemIndex::Entry> trimmed_through);
  void Close();

  // Where to begin. kUnavailable: the feed is starting, or the cursor is beyond its end.
  // kFailedPrecondition: the cursor is of another feed. kOutOfRange: what follows it has gone; the
  // message has the oldest valid cursor. kInvalidArgument: not a cursor.
  absl::StatusOr<Position> Resume(std::string_view cursor) const;
  absl::StatusOr<Position> Beginning() const;
  absl::StatusOr<Position> Now() const;
  absl::StatusOr<Position> From(absl::Time time) const;  // The first item at or after it.

  // The next items that pass, up to `bytes_max`, at least one. kOutOfRange as above.
  absl::StatusOr<Turn> Read(const Position& from, const Filter& filter, size_t bytes_max,
                            bool disk_allowed);
  // False: there is something at `next` or behind it; read again. True: Wake will be called, once.
  bool Wait(uint64_t next, std::shared_ptr<Waiter> waiter);
  // The waiter has gone; it is not woken and not kept.
  void Forget(Waiter* waiter);

  // The newest first. May read from disk.
  struct Page {
    std::vector<ItemPtr> items;
    std::string next_token;  // Empty: this was the last page. Earlier ones may be short, or empty.
  };
  absl::StatusOr<Page> List(const Filter& filter, size_t items_max, size_t bytes_max,
                            std::string_view token);
  // The newest event of the article of this id, or of which an item has this id. May read from
  // disk. kNotFound: unknown, or gone.
  absl::StatusOr<ItemPtr> Get(std::string_view id);

  struct Extent {
    size_t items = 0;
    uint64_t bytes = 0;
    std::optional<ItemIndex::Entry> oldest;
    std::optional<ItemIndex::Entry> newest;
  };
  Extent extent() const;

 private:
  absl::Status CheckOpen() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::Status CheckKept(uint64_t next) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::Status Gone() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  Position PositionAt(size_t index) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // The first with at least this offset.
  std::deque<ItemPtr>::const_iterator InRing(uint64_t offset) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void PushRing(ItemPtr item) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // The items from `next` on, one chunk; empty: there are none. nullopt: on disk, not allowed.
  absl::StatusOr<std::optional<std::vector<ItemPtr>>> Forward(uint64_t next, bool disk_allowed);
  // Rows of these entries, which follow each other.
  absl::StatusOr<std::vector<ItemPtr>> Fetch(const std::vector<ItemIndex::Entry>& entries) const;

  const Options options_;
  Tables tables_;
  BatchCache batches_;

  mutable absl::Mutex mutex_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
  ItemIndex index_ ABSL_GUARDED_BY(mutex_);
  std::optional<ItemIndex::Entry> trimmed_ ABSL_GUARDED_BY(mutex_);  // Newest that retention took.
  std::deque<Raw> loaded_ ABSL_GUARDED_BY(mutex_);                   // What will be the ring.
  std::deque<ItemPtr> ring_ ABSL_GUARDED_BY(mutex_);                 // The newest, in order.
  size_t ring_bytes_ ABSL_GUARDED_BY(mutex_) = 0;                    // Of loaded_, then of ring_.
  // Shared with the streams that wait, which end on threads of their own.
  absl::flat_hash_map<Waiter*, std::shared_ptr<Waiter>> waiters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sluice::feed
