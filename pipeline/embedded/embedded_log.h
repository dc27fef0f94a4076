#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pipeline/base/clock.h"
#include "pipeline/embedded/committer.h"
#include "pipeline/embedded/retention.h"
#include "pipeline/embedded/shard_registry.h"
#include "pipeline/embedded/storage.h"
#include "pipeline/embedded/watermarks.h"
#include "pipeline/log/log.h"
#include "pipeline/state/memory.h"

namespace sluice::embedded {

// The Log in one directory of one process, on RocksDB.
//
// A commit is one batch in one write-ahead log. Until Sync has brought it to the disk a power cut
// can take it back, together with all that followed from it; a crash of the process alone takes
// nothing back. Replicas, which answer the outside, and the answers of appenders wait for the disk.
// Once the disk is full or the database damaged, every call returns kDataLoss: the process is to
// end loudly, and a new start goes on from the last commit.
//
// Makes no thread: its owner calls Sync and Trim.
class EmbeddedLog final : public log::Log {
 public:
  struct Options {
    std::string directory;
    log::Partition keyed_partitions =
        1;  // Fixed when the directory is made. One: the parallelism is the pool.
    absl::Duration sync_interval =
        absl::Milliseconds(100);  // Zero: every commit waits for the disk by itself.
    absl::Duration trim_interval = absl::Minutes(1);
    size_t unsynced_append_bytes_max = 64 << 20;  // Of appenders, waiting for the disk.
    Retention::Options retention;
    state::Memory::Options memory;
    rocksdb::Env* env = nullptr;              // Outlives the log. nullptr: the machine's disk.
    std::function<void(CommitStep)> on_step;  // For tests.
  };

  // `clock` is the log's time; it outlives the log.
  //   kFailedPrecondition: the directory is in use by another process, or was made with another
  //   number of partitions. kDataLoss: it is damaged. kPermissionDenied, kUnavailable: it cannot be
  //   made or opened.
  static absl::StatusOr<std::unique_ptr<EmbeddedLog>> Open(const Options& options,
                                                           const base::Clock& clock);
  // What was committed is brought to the disk.
  ~EmbeddedLog() override;

  absl::StatusOr<std::unique_ptr<log::Worker>> OpenWorker(const log::Spec& spec,
                                                          log::Partition partition, log::Load load,
                                                          std::stop_token stop) override;
  // Replicas of one stage's name are one: the last opened stands.
  absl::StatusOr<std::unique_ptr<log::Worker>> OpenReplica(const log::Spec& spec, log::Load load,
                                                           std::stop_token stop) override;
  absl::StatusOr<std::unique_ptr<log::Appender>> OpenAppender() override;
  absl::StatusOr<std::vector<log::Backlog>> Backlogs(const log::Spec& spec) override;
  log::Partition Partitions(std::string_view topic) const override;

  // Brings commits to the disk. Returns when it wants to be called again, on the log's clock:
  // InfiniteFuture where every commit does so itself.  kDataLoss: the log is over.
  absl::StatusOr<absl::Time> Sync();

  // Removes old records and gives their space back; may take seconds, so not from the thread that
  // syncs. Returns as Sync.
  absl::StatusOr<absl::Time> Trim();

  // Removes a partition's records below `first`, read or not.
  absl::Status TrimTo(std::string_view topic, log::Partition partition, uint64_t first);

  // OK, or why the log is over.
  absl::Status health() const;

 private:
  class Input;

  EmbeddedLog(const Options& options, const base::Clock& clock,
              std::unique_ptr<state::Memory> memory, std::unique_ptr<Storage> storage,
              std::unique_ptr<ShardRegistry> shards);

  absl::StatusOr<std::unique_ptr<log::Worker>> Open(const log::Spec& spec,
                                                    std::optional<log::Partition> partition,
                                                    log::Load load, std::stop_token stop);
  absl::StatusOr<std::vector<TopicPartition>> InputsOf(
      const log::Spec& spec, std::optional<log::Partition> partition) const;

  const Options options_;
  const base::Clock* clock_;  // Not owned.
  const std::unique_ptr<state::Memory> memory_;
  const std::unique_ptr<Storage> storage_;
  const std::unique_ptr<ShardRegistry> shards_;
  Watermarks watermarks_;
  Committer committer_;
  Retention retention_;
};

}  // namespace sluice::embedded
