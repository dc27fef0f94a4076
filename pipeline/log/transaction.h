#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

namespace sluice::log {

using Partition = uint32_t;

using Rows = absl::FunctionRef<void(std::string_view key, std::string_view value)>;

// A shard's committed tables. Any thread may read; every call sees one whole commit. Tables are
// those of the Spec: another name ends the program.
class State {
 public:
  virtual ~State() = default;
  virtual std::optional<std::string> Get(std::string_view table, std::string_view key) const = 0;
  // Rows with from <= key < to, in order; an empty `to` has no end.
  virtual void Scan(std::string_view table, std::string_view from, std::string_view to,
                    Rows rows) const = 0;
};

// All effects of one turn of a shard: a value in memory; nothing reaches a broker or a disk before
// Worker::Commit. One thread.
class Transaction {
 public:
  // A larger record is refused: brokers would refuse it too.
  static constexpr size_t kRecordBytesMax = 2 << 20;

  struct Append {
    std::string topic;
    std::string key;
    std::string value;
    std::optional<Partition> partition;  // Empty: by key.
  };
  struct Row {
    std::string table;
    std::string key;
    std::optional<std::string> value;  // Empty: erased.
  };
  // How far a transaction has come; RollBack undoes all that followed.
  struct Savepoint {
    size_t appends = 0;
    size_t rows = 0;
    size_t expiries = 0;
  };

  // `state` is read through and outlives the transaction. nullptr: there is none, as in tests of
  // emitting alone.
  explicit Transaction(const State* state) : state_(state) {}
  Transaction(Transaction&&) = default;
  Transaction& operator=(Transaction&&) = default;

  // kInvalidArgument: key and value exceed kRecordBytesMax.
  absl::Status Emit(std::string_view topic, std::string_view key, std::string value);
  // As Emit, to a given partition: for heartbeats.
  absl::Status EmitTo(std::string_view topic, Partition partition, std::string_view key,
                      std::string value);

  void Put(std::string_view table, std::string_view key, std::string value);
  void Erase(std::string_view table, std::string_view key);
  // Expiring tables: removes all rows whose time is before `time`, once committed.
  void ExpireBefore(std::string_view table, absl::Time time);
  // The row as this transaction would leave it.
  std::optional<std::string> Get(std::string_view table, std::string_view key) const;

  Savepoint Save() const;
  void RollBack(const Savepoint& savepoint);
  bool empty() const { return appends_.empty() && rows_.empty() && expiries_.empty(); }

  // For the log, in the order made: a later row of a key stands.
  const std::vector<Append>& appends() const { return appends_; }
  const std::vector<Row>& rows() const { return rows_; }
  const std::vector<std::pair<std::string, absl::Time>>& expiries() const { return expiries_; }
  // For the runner, which adds to the trail of what a stage emitted.
  std::vector<Append>& mutable_appends() { return appends_; }

 private:
  void Write(std::string_view table, std::string_view key, std::optional<std::string> value);

  const State* state_;  // Not owned.
  std::vector<Append> appends_;
  std::vector<Row> rows_;
  std::vector<std::pair<std::string, absl::Time>> expiries_;
  absl::flat_hash_map<std::string, std::vector<size_t>>
      latest_;  // table NUL key -> its places in rows_.
};

// Key of a row in an expiring table: 8 bytes of time (microseconds since the epoch, big endian,
// sign flipped), then `suffix`.
std::string ExpiringKey(absl::Time time, std::string_view suffix);
absl::Time ExpiringKeyTime(std::string_view key);

}  // namespace sluice::log
