#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "pipeline/base/clock.h"
#include "pipeline/embedded/storage.h"
#include "pipeline/embedded/watermarks.h"

namespace rocksdb {
class WriteBatch;
}

namespace sluice::embedded {

// The steps of a commit, in order. Tests end the process at each.
enum class CommitStep { kBeforeWrite, kAfterWrite, kAfterSync, kAfterPublish };

// The one way into the database: gives records their offsets and times, writes a batch, syncs, and
// publishes. Any thread.
//
// Batches are written one after another, so the write-ahead log has the offsets' order; syncs are
// shared by all who wait.
class Committer {
 public:
  struct Options {
    bool sync_each =
        false;  // Every commit waits for the disk; otherwise Sync does, when it is called.
    size_t unsynced_bytes_max = 64 << 20;     // Of records whose `durable` has not been called.
    std::function<void(CommitStep)> on_step;  // For crash tests.
  };
  // A record for a partition that exists.
  struct Append {
    TopicPartition at;
    std::string_view key;
    std::string_view value;
  };
  using Durable = absl::AnyInvocable<void(absl::Status)>;

  // All outlive it.
  Committer(Options options, Storage& storage, Watermarks& watermarks, const base::Clock& clock);
  // Nobody else calls any more: answers those who still wait for the disk.
  ~Committer();

  // Writes `batch` with the records in one go. With `sync_each` it then waits for the disk.
  // `durable` is called once, from any thread: when the disk has it all, or with the error.
  //   kResourceExhausted: too much with a `durable` waits for the disk. kDataLoss: the database is
  //   over.
  absl::Status Write(rocksdb::WriteBatch& batch, absl::Span<const Append> appends,
                     Durable durable = nullptr);

  // Brings all that is written to the disk, and tells those who wait.  kDataLoss: the database is
  // over.
  absl::Status Sync();

 private:
  struct Written {
    uint64_t number = 0;
    std::vector<PartitionEnd> ends;
    size_t waiting_bytes = 0;
    Durable durable;
  };

  // As Write, without the wait; takes `durable` where it succeeds.
  absl::StatusOr<uint64_t> WriteNow(rocksdb::WriteBatch& batch, absl::Span<const Append> appends,
                                    Durable& durable);
  void AddRecords(absl::Span<const Append> appends, rocksdb::WriteBatch& batch,
                  std::vector<PartitionEnd>& ends) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status SyncTo(uint64_t number) ABSL_LOCKS_EXCLUDED(sync_mutex_);
  // Ends the wait of all up to `number`.
  void Settle(uint64_t number, const absl::Status& status) ABSL_LOCKS_EXCLUDED(sync_mutex_);
  void Step(CommitStep step) const;

  const Options options_;
  Storage* storage_;          // Not owned.
  Watermarks* watermarks_;    // Not owned.
  const base::Clock* clock_;  // Not owned.

  absl::Mutex write_mutex_ ABSL_ACQUIRED_BEFORE(sync_mutex_);
  std::vector<std::vector<Storage::Tail>> tails_ ABSL_GUARDED_BY(write_mutex_);

  absl::Mutex sync_mutex_;
  absl::CondVar synced_changed_;
  uint64_t written_ ABSL_GUARDED_BY(sync_mutex_) = 0;  // Numbers of batches.
  uint64_t synced_ ABSL_GUARDED_BY(sync_mutex_) = 0;
  bool syncing_ ABSL_GUARDED_BY(sync_mutex_) = false;
  std::deque<Written> unsynced_ ABSL_GUARDED_BY(sync_mutex_);
  std::atomic<size_t> waiting_bytes_ = 0;
};

}  // namespace sluice::embedded
