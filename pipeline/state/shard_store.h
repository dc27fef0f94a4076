#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pipeline/log/log.h"
#include "pipeline/state/directory_lock.h"
#include "pipeline/state/health.h"
#include "pipeline/state/memory.h"
#include "pipeline/state/tables.h"
#include "pipeline/state/write_numbers.h"

namespace sluice::state {

// One shard's tables in a directory of their own, beside a log that is kept elsewhere: a copy that
// the log can bring up to date again. So it does not sync: after a power cut it is whole, and as
// old as its checkpoint says.
//
// One thread changes (Apply, Wipe); any thread reads state().
class ShardStore {
 public:
  struct Options {
    std::string directory;        // Of this shard alone.
    std::string owner;            // As in the log: "dedupe.0".
    rocksdb::Env* env = nullptr;  // Outlives the store. nullptr: the machine's disk.
  };
  // How far into the log the tables reach. `positions` is the log's own affair.
  struct Checkpoint {
    uint64_t sequence = 0;
    std::string positions;
    friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
  };

  // Opens or makes it. `memory` is shared with others and outlives it.
  //   kFailedPrecondition: in use by a process, or a table's rows are of another version: the
  //   message says what to do. kDataLoss: damaged: it can be removed and made anew from the log.
  //   kPermissionDenied, kUnavailable: no such directory can be.
  static absl::StatusOr<std::unique_ptr<ShardStore>> Open(const Options& options,
                                                          absl::Span<const log::Table> tables,
                                                          const Memory& memory);
  ~ShardStore();

  // As of the last Apply; zero and empty in a new store.
  const Checkpoint& checkpoint() const { return checkpoint_; }
  const log::State& state() const { return *tables_; }
  // Hands over every row of the tables that ask for it.  kDataLoss: damaged.
  absl::Status Load(log::Load load) const { return tables_->Load(load); }

  // Rows, then expiries, and the checkpoint: all or nothing.  kDataLoss: damaged, or the disk is
  // full; the store is over.
  absl::Status Apply(Tables::Rows rows, Tables::Expiries expiries, Checkpoint checkpoint);

  // Back to a new store; ends what state() gave.  kDataLoss: as above.
  absl::Status Wipe();

 private:
  ShardStore(const Options& options, absl::Span<const log::Table> tables, DirectoryLock lock);

  std::string Doing(std::string_view verb) const;
  absl::Status OpenDatabase(const Memory& memory);
  absl::Status Begin();
  absl::Status Write(rocksdb::WriteBatch& batch);

  const Options options_;
  const std::vector<log::Table> specs_;
  DirectoryLock lock_;
  Health health_;
  WriteNumbers numbers_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;  // Given back in the destructor.
  Database database_;
  std::unique_ptr<Tables> tables_;
  Checkpoint checkpoint_;
};

}  // namespace sluice::state
