#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "pipeline/log/transaction.h"

namespace sluice::log {

// A committed record. `key` and `value` live until the worker's next Poll, `topic` as long as the
// worker. Offsets rise within a partition, with gaps.
struct Record {
  std::string_view topic;  // Without the log's prefix, as in topics.h.
  Partition partition = 0;
  uint64_t offset = 0;
  absl::Time appended = {};  // The log's clock: never falls within a partition.
  std::string_view key = {};
  std::string_view value = {};
};

// How much one Poll returns at most. One record is returned whatever its size.
struct Limits {
  size_t records_max = 500;
  size_t bytes_max = 16 << 20;  // Of keys and values.
};

// A table of a stage's state. Rows of an expiring table have keys that begin with their time
// (ExpiringKey) and go by Transaction::ExpireBefore.
struct Table {
  enum class Kind { kKeyed, kExpiring };
  std::string name;
  Kind kind = Kind::kKeyed;
  uint32_t version = 1;  // Of the rows' format. Stored rows of another version are refused at open.
  bool load = true;      // Its rows are handed to Load at open. Not for large tables that are only
                         // looked things up in.
  // Expiring tables: no row is needed for longer. Logs that keep changes by time keep them so long.
  absl::Duration kept_max = absl::Hours(24 * 100);
};

// What a stage reads, writes and remembers.
struct Spec {
  std::string
      stage;  // As in --target. Names the shard's position and fence: `<stage>.<partition>`.
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<Table> tables;
};

// Called with every live row at open, tables in the Spec's order, keys in order.
using Load =
    absl::FunctionRef<void(std::string_view table, std::string_view key, std::string_view value)>;

// One open shard of a stage. One thread, but for Wake, state() and position().
class Worker {
 public:
  virtual ~Worker() = default;

  // Returns as soon as it has one record (then whatever else is there, within `limits`), or empty
  // at `deadline` (on the clock that the log was given) or after Wake. Each record once, in the
  // order of its partition, committed or not: a caller that does not commit it reopens the shard.
  //   kOutOfRange: retention has removed records that were not read; the message names topic,
  //   partition and both offsets; a replica, opened again, starts over, a worker's process ends.
  //   kAborted: the shard is another's now. kCancelled: stopped. kDataLoss: the store is damaged or
  //   its disk is full; the process ends.
  virtual absl::StatusOr<std::vector<Record>> Poll(const Limits& limits, absl::Time deadline) = 0;

  // Ends the Poll that waits, or else the next one that would: a Wake is used up by the Poll that
  // returns empty. Any thread.
  virtual void Wake() = 0;

  // Appends, state and `consumed` happen together, or this shard is over. `consumed` is a prefix,
  // in the order polled, of what has not been consumed; it may be empty. Trouble that may pass is
  // waited out inside. Rows of a table that the Spec has not end the program.
  //   kAborted: fenced, or given away. kCancelled: stopped while in doubt; the next OpenWorker
  //   learns which way it went. After either the caller destroys stage and worker.
  //   kInvalidArgument: a replica emits, the Spec has no such output, the topic no such partition,
  //   or `consumed` is not what was polled. Nothing happened.  kDataLoss: as for Poll.
  virtual absl::Status Commit(Transaction transaction, absl::Span<const Record> consumed) = 0;

  // The committed tables. Any thread may read; lives as long as the worker.
  virtual const State& state() const = 0;

  // How much of the log this shard has yet to consume. Any thread.
  struct Position {
    uint64_t lag_records = 0;  // At most: gaps count.
    uint64_t lag_bytes = 0;    // An estimate.
    absl::Duration lag_age;    // Of the oldest of them; zero without one.
  };
  virtual Position position() const = 0;
};

// Input from outside a shard: submitted pages, replayed archives, replayed dead letters. At least
// once; ids absorb repeats. Any thread.
class Appender {
 public:
  virtual ~Appender() = default;

  // Calls `durable` once, from any thread, when the record is kept or is known not to be.
  //   kResourceExhausted: too much is in flight, try later. kInvalidArgument: over the record
  //   limit, or no such topic. kDataLoss: as for Poll.
  virtual void Append(std::string_view topic, std::string_view key, std::string value,
                      absl::AnyInvocable<void(absl::Status)> durable) = 0;
};

// A process's place among those that share the shards of a stage. Its end gives them up.
class Membership {
 public:
  virtual ~Membership() = default;
};

// Called with the shards that are this process's from now on, or with why that cannot be told now;
// from one thread, one call at a time. It returns once the process has closed all others: whoever
// is given them next need not fence it.
using SharesChanged = absl::AnyInvocable<void(const absl::StatusOr<std::vector<Partition>>&)>;

// What a stage has not read yet, by input partition.
struct Backlog {
  std::string topic;
  Partition partition = 0;
  uint64_t records = 0;  // At most: gaps count.
  uint64_t bytes = 0;    // An estimate.
  absl::Duration age;    // Of the oldest unread record; zero without one.
};

// Committed records in, one atomic effect out. Any thread. Outlives what it opens.
class Log {
 public:
  virtual ~Log() = default;

  // Opens shard `partition`: fences its old owner, brings local state up to date, hands every live
  // row to `load`. It then reads partition `partition` of every input, from after what was
  // committed, or from the oldest record. Inputs with fewer partitions are read by the shards that
  // exist in them. `stop` holds for the worker too: it ends its Poll.
  //   kCancelled: stopped. kUnavailable: cannot be reached now, try again. kFailedPrecondition: a
  //   table's version or the number of partitions differs; the message says what to do.
  //   kInvalidArgument: no such topic, or no such shard. kDataLoss: the store is damaged.
  virtual absl::StatusOr<std::unique_ptr<Worker>> OpenWorker(const Spec& spec, Partition partition,
                                                             Load load, std::stop_token stop) = 0;

  // Opens a private copy that any process may keep: it reads all partitions of its inputs, fences
  // nobody and may not Emit. State and positions are local and can be thrown away. A position that
  // retention has passed starts over from the oldest record with empty tables.
  virtual absl::StatusOr<std::unique_ptr<Worker>> OpenReplica(const Spec& spec, Load load,
                                                              std::stop_token stop) = 0;

  virtual absl::StatusOr<std::unique_ptr<Appender>> OpenAppender() = 0;

  // Joins those that share the stage's shards: each shard is one process's at a time, and another
  // one's soon after its process has gone or has not been heard of for a while. That two mean to
  // have it for a moment does no harm: OpenWorker fences. A log of one process gives it all
  // shards, within the call.
  //   kFailedPrecondition, to `changed` too: not allowed; kUnavailable: cannot be reached now, and
  //   is tried again.
  virtual absl::StatusOr<std::unique_ptr<Membership>> Join(const Spec& spec, SharesChanged changed);

  // Of every input partition of the stage, as far as it has committed.
  virtual absl::StatusOr<std::vector<Backlog>> Backlogs(const Spec& spec) = 0;

  // Number of partitions of a topic of topics.h.
  virtual Partition Partitions(std::string_view topic) const = 0;

  // Of a stage that is no replica: one for each partition of the input that has most.
  Partition Shards(const Spec& spec) const;
};

}  // namespace sluice::log
