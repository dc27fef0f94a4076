#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pipeline/embedded/record_format.h"
#include "pipeline/embedded/watermarks.h"
#include "pipeline/state/directory_lock.h"
#include "pipeline/state/health.h"
#include "pipeline/state/memory.h"
#include "pipeline/state/tables.h"
#include "pipeline/state/write_numbers.h"

namespace google::protobuf {
class MessageLite;
}
namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Env;
class WriteBatch;
}  // namespace rocksdb

namespace sluice::embedded {

// The one database of an embedded log: a column family a topic, two for tables, one for what is
// known about them. Any thread, but for Write.
class Storage {
 public:
  // Where a partition's next record goes.
  struct Tail {
    uint64_t end = 0;
    uint64_t bytes = 0;                          // Of keys and values of all records ever.
    absl::Time appended = absl::InfinitePast();  // Of the last record.
  };
  struct Start {
    uint64_t first = 0;
    Tail tail;
  };

  // `failed` is called, from any thread, when the database fails in the background. `env`: nullptr
  // is the machine's.
  //   kFailedPrecondition: in use, or made with another number of partitions. kDataLoss: damaged.
  //   kPermissionDenied, kUnavailable: there can be no such directory.
  static absl::StatusOr<std::unique_ptr<Storage>> Open(const std::string& directory,
                                                       log::Partition keyed_partitions,
                                                       const state::Memory& memory,
                                                       rocksdb::Env* env);
  ~Storage();

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* meta() const { return families_[0]; }
  rocksdb::ColumnFamilyHandle* topic(size_t index) const { return topics_[index]; }
  state::Database tables() {
    return {db_.get(), families_[0], families_[1], families_[2], &health_};
  }
  state::Health& health() { return health_; }
  const std::string& directory() const { return directory_; }
  log::Partition partitions(size_t topic) const;

  // As found at open: by topic and partition.
  const std::vector<std::vector<Start>>& starts() const { return starts_; }

  // Writes the next batch; does not sync. One thread at a time.  kDataLoss: the database is over.
  absl::Status Write(rocksdb::WriteBatch& batch);

  // One record, into `buffer`.  kNotFound: it has been removed, or was never there. kDataLoss:
  // damaged.
  absl::StatusOr<StoredRecord> Read(const TopicPartition& at, uint64_t offset, std::string& buffer);

  // A message of the meta family. False: there is none.  kDataLoss: damaged.
  absl::StatusOr<bool> ReadMeta(std::string_view key, google::protobuf::MessageLite& message);
  static std::string StartKey(const TopicPartition& at);
  static std::string PositionKey(std::string_view shard);
  // Names of all shards that have a position.
  absl::StatusOr<std::vector<std::string>> ShardNames();

 private:
  Storage(std::string directory, log::Partition keyed_partitions, state::DirectoryLock lock);

  absl::Status OpenDatabase(const state::Memory& memory, rocksdb::Env* env);
  absl::Status MakeDirectory(const std::string& path, rocksdb::Env& env);
  absl::Status CheckFormat();
  absl::StatusOr<Start> FindStart(const TopicPartition& at);
  std::string Doing(std::string_view verb) const;

  const std::string directory_;
  const log::Partition keyed_partitions_;
  state::DirectoryLock lock_;
  state::Health health_;
  state::WriteNumbers numbers_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;  // Given back in the destructor.
  std::vector<rocksdb::ColumnFamilyHandle*>
      topics_;  // Of families_, in the order of log::Topics().
  std::vector<std::vector<Start>> starts_;
};

// The place of a topic in log::Topics().
std::optional<size_t> TopicIndex(std::string_view name);

}  // namespace sluice::embedded
