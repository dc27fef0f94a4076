#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pipeline/kafka/changelog.h"
#include "pipeline/kafka/input_stream.h"
#include "pipeline/kafka/local_copy.h"
#include "pipeline/kafka/progress.h"
#include "pipeline/kafka/shard_committer.h"
#include "pipeline/log/log.h"

namespace sluice::kafka {

// One shard over Kafka. A commit is one transaction {appends, rows to the changelogs, positions},
// then one write {rows, positions} to the local copy: the copy never knows more than the log, and
// is brought up from it at open.
class Worker final : public log::Worker {
 public:
  // What the workers of a log share; outlives them.
  struct Base {
    InputStream::Base stream;
    SharedStores* stores = nullptr;
    Progress* progress = nullptr;
    std::string owner;  // Unique to the worker, see CommitMark.
  };

  // Topics are there. Errors as of log::Log::OpenWorker.
  static absl::StatusOr<std::unique_ptr<Worker>> Open(const Base& base, const log::Spec& spec,
                                                      log::Partition partition, log::Load load,
                                                      const std::stop_token& stop);

  ~Worker() override;

  absl::StatusOr<std::vector<log::Record>> Poll(const log::Limits& limits,
                                                absl::Time deadline) override;
  void Wake() override { stream_->Wake(); }
  absl::Status Commit(log::Transaction transaction,
                      absl::Span<const log::Record> consumed) override;
  const log::State& state() const override { return copy_.state(); }
  Position position() const override { return stream_->position(); }

 private:
  friend class WorkerOpening;

  Worker(const Base& base, const log::Spec& spec, log::Partition partition, std::stop_token stop,
         LocalCopy copy);

  absl::Status Check(const log::Transaction& transaction,
                     absl::Span<const log::Record> consumed) const;
  absl::Status CommitAll(const log::Transaction& transaction, size_t consumed);
  std::vector<OutputRecord> Encode(const log::Transaction& transaction);
  // Where the group is told to stand once `next` is committed.
  std::vector<Place> Places(absl::Span<const Inputs::Next> next) const;
  // Where the shard stands once `next` is committed.
  LocalCopy::Checkpoint Checkpoint(absl::Span<const Inputs::Next> next) const;

  const Base base_;
  const log::Spec spec_;
  const log::Partition partition_;
  const std::string who_;
  const std::string group_;
  const std::stop_token stop_;
  Changelog changelog_;
  LocalCopy copy_;
  std::unique_ptr<ShardCommitter> committer_;
  std::unique_ptr<InputStream> stream_;
  std::optional<Place> anchor_;  // Holds the marks of a shard without inputs.
  uint64_t sequence_ = 0;        // Of the last commit.
};

}  // namespace sluice::kafka
