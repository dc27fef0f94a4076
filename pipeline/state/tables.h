#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/log.h"
#include "pipeline/state/health.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class WriteBatch;
}  // namespace rocksdb

namespace sluice::state {

// Where tables live. Borrowed.
struct Database {
  rocksdb::DB* db = nullptr;
  rocksdb::ColumnFamilyHandle* meta = nullptr;
  rocksdb::ColumnFamilyHandle* keyed = nullptr;
  rocksdb::ColumnFamilyHandle* expiring = nullptr;
  Health* health = nullptr;
};

// The tables of one owner (a shard or a replica) in a database that it may share with others: rows
// are `owner NUL table NUL key`.
//
// A change is first Added to a batch, together with whatever its caller writes in the same breath,
// and shows once the batch is written. One thread changes (Add, Written); any thread reads. A read
// that fails answers "nothing" and fails the database's Health, which the caller must ask before it
// commits anything that was decided on such an answer.
class Tables final : public log::State {
 public:
  using Rows = absl::Span<const log::Transaction::Row>;
  using Expiries = absl::Span<const std::pair<std::string, absl::Time>>;

  // `batch` gets what is to be written before the tables are used, perhaps nothing. `way` tells, in
  // the error about versions, how to begin without the rows: "remove the directory /data/dedupe.0".
  //   kFailedPrecondition: a table has rows of another version or kind. kDataLoss: the database is
  //   damaged.
  static absl::StatusOr<std::unique_ptr<Tables>> Open(const Database& database, std::string owner,
                                                      absl::Span<const log::Table> tables,
                                                      std::string_view way,
                                                      rocksdb::WriteBatch& batch);

  // Hands over every row of the tables that ask for it.  kDataLoss: the database is damaged.
  absl::Status Load(log::Load load) const;

  // Rows first, then expiries. Their tables are known. A batch that was added to is written before
  // the next one is.
  void Add(Rows rows, Expiries expiries, rocksdb::WriteBatch& batch);
  // After the batch was written.
  void Written();

  std::optional<std::string> Get(std::string_view table, std::string_view key) const override;
  void Scan(std::string_view table, std::string_view from, std::string_view to,
            log::Rows rows) const override;

  // Removes all rows of an owner, and what is known of their versions: before Open.
  static void Wipe(const Database& database, std::string_view owner, rocksdb::WriteBatch& batch);

 private:
  struct Entry {
    log::Table table;
    std::string prefix;  // Of the rows' keys.
    rocksdb::ColumnFamilyHandle* family = nullptr;
    // Expiring tables: no row is older. Reads begin here: what was removed below takes long to step
    // over.
    std::atomic<int64_t> oldest_micros = 0;
    int64_t oldest_once_written = 0;  // The changing thread's.
  };

  Tables(const Database& database, std::string owner)
      : database_(database), owner_(std::move(owner)) {}

  absl::Status OpenTable(const log::Table& table, std::string_view way, rocksdb::WriteBatch& batch);
  absl::StatusOr<bool> HasRows(rocksdb::ColumnFamilyHandle* family, const Entry& entry) const;
  const Entry& Find(std::string_view table) const;
  Entry& Find(std::string_view table);
  std::string Doing(const Entry& entry) const;
  // Rows with from <= key < to, `to` empty: all. Keys as the table's user sees them.
  absl::Status ScanEntry(const Entry& entry, std::string_view from, std::string_view to,
                         log::Rows rows) const;
  void Expire(Entry& entry, absl::Time time, rocksdb::WriteBatch& batch);

  Database database_;
  std::string owner_;
  std::vector<std::unique_ptr<Entry>> entries_;  // In the Spec's order. Atomics do not move.
};

}  // namespace sluice::state
