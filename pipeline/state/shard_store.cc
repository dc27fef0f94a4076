#include "pipeline/state/shard_store.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <utility>

#include "absl/base/internal/endian.h"
#include "pipeline/base/strings.h"
#include "pipeline/state/rocksdb_options.h"

namespace sluice::state {
namespace {

constexpr char kCheckpointKey[] = "checkpoint";

}  // namespace

absl::StatusOr<std::unique_ptr<ShardStore>> ShardStore::Open(const Options& options,
                                                             absl::Span<const log::Table> tables,
                                                             const Memory& memory) {
  absl::StatusOr<DirectoryLock> lock = DirectoryLock::Acquire(options.directory);
  if (!lock.ok()) return lock.status();
  std::unique_ptr<ShardStore> store(new ShardStore(options, tables, *std::move(lock)));
  if (absl::Status status = store->OpenDatabase(memory); !status.ok()) return status;
  if (absl::Status status = store->Begin(); !status.ok()) return status;
  return store;
}

ShardStore::ShardStore(const Options& options, absl::Span<const log::Table> tables,
                       DirectoryLock lock)
    : options_(options), specs_(tables.begin(), tables.end()), lock_(std::move(lock)) {}

ShardStore::~ShardStore() {
  for (rocksdb::ColumnFamilyHandle* family : families_)
    (void)db_->DestroyColumnFamilyHandle(family);
}

std::string ShardStore::Doing(std::string_view verb) const {
  return fmt::format("{} {}", verb, options_.directory);
}

absl::Status ShardStore::OpenDatabase(const Memory& memory) {
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, RowOptions(memory)},
      {"keyed", RowOptions(memory)},
      {"expiring", SequenceOptions(memory, true)},
  };
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened =
      numbers_.Open(DatabaseOptions(memory, options_.env), options_.directory + "/rocksdb",
                    families, &families_, &db);
  db_.reset(db);
  if (!opened.ok()) return health_.Check(opened, Doing("opening"));
  database_ = {.db = db,
               .meta = families_[0],
               .keyed = families_[1],
               .expiring = families_[2],
               .health = &health_};
  return absl::OkStatus();
}

// Reads what is there.
absl::Status ShardStore::Begin() {
  std::string stored;
  const rocksdb::Status read = db_->Get({}, database_.meta, kCheckpointKey, &stored);
  checkpoint_ = {};
  if (read.ok()) {
    if (stored.size() < 8) return health_.Fail(Doing("reading") + ": its checkpoint is too short");
    checkpoint_.sequence = absl::big_endian::Load64(stored.data());
    checkpoint_.positions = stored.substr(8);
  } else if (!read.IsNotFound()) {
    return health_.Check(read, Doing("reading"));
  }
  rocksdb::WriteBatch batch;
  absl::StatusOr<std::unique_ptr<Tables>> tables = Tables::Open(
      database_, options_.owner, specs_, fmt::format("remove {}", options_.directory), batch);
  if (!tables.ok()) return tables.status();
  tables_ = *std::move(tables);
  return batch.Count() == 0 ? absl::OkStatus() : Write(batch);
}

absl::Status ShardStore::Apply(Tables::Rows rows, Tables::Expiries expiries,
                               Checkpoint checkpoint) {
  rocksdb::WriteBatch batch;
  tables_->Add(rows, expiries, batch);
  std::string stored(8, '\0');
  absl::big_endian::Store64(stored.data(), checkpoint.sequence);
  stored += checkpoint.positions;
  batch.Put(database_.meta, kCheckpointKey, stored);
  if (absl::Status status = Write(batch); !status.ok()) return status;
  tables_->Written();
  checkpoint_ = std::move(checkpoint);
  return absl::OkStatus();
}

absl::Status ShardStore::Wipe() {
  rocksdb::WriteBatch batch;
  Tables::Wipe(database_, options_.owner, batch);
  batch.Delete(database_.meta, kCheckpointKey);
  if (absl::Status status = Write(batch); !status.ok()) return status;
  return Begin();
}

// A read that failed before may have led to this batch: nothing is written after a failure.
absl::Status ShardStore::Write(rocksdb::WriteBatch& batch) {
  if (absl::Status status = health_.status(); !status.ok()) return status;
  return health_.Check(numbers_.Write({}, batch), Doing("writing"));
}

}  // namespace sluice::state
