#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/embedded/committer.h"
#include "pipeline/embedded/record_reader.h"
#include "pipeline/embedded/shard_registry.h"
#include "pipeline/embedded/storage.h"
#include "pipeline/embedded/watermarks.h"
#include "pipeline/log/log.h"
#include "pipeline/state/tables.h"

namespace sluice::embedded {

// An open shard or replica.
class EmbeddedWorker final : public log::Worker {
 public:
  // What the log shares with it. All outlive it.
  struct Base {
    Storage* storage;
    Watermarks* watermarks;
    Committer* committer;
    const base::Clock* clock;
  };

  // Takes the shard over: the slot's former owner is fenced. `tables` are those of the slot's name.
  EmbeddedWorker(const Base& base, log::Spec spec, ShardSlot& slot,
                 const std::vector<TopicPartition>& inputs, bool replica,
                 std::unique_ptr<state::Tables> tables, std::stop_token stop)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(slot.mutex);
  ~EmbeddedWorker() override;

  // Hands over every row of the tables that ask for it.  kDataLoss: damaged.
  absl::Status Load(log::Load load) const { return tables_->Load(load); }

  absl::StatusOr<std::vector<log::Record>> Poll(const log::Limits& limits,
                                                absl::Time deadline) override;
  void Wake() override;
  absl::Status Commit(log::Transaction transaction,
                      absl::Span<const log::Record> consumed) override;
  const log::State& state() const override { return *tables_; }
  Position position() const override;

 private:
  struct HandedOut {
    TopicPartition at;
    uint64_t offset = 0;
  };

  absl::Status Alive() const;
  absl::StatusOr<std::vector<Committer::Append>> Resolve(const log::Transaction& transaction) const;
  absl::Status CheckConsumed(absl::Span<const log::Record> consumed) const;

  const Base base_;
  const log::Spec spec_;
  ShardSlot* const slot_;  // Not owned.
  const bool replica_;
  const std::unique_ptr<state::Tables> tables_;
  const std::stop_token stop_;
  const uint64_t epoch_;
  RecordReader reader_;
  std::deque<HandedOut> handed_out_;  // And not consumed.
  std::atomic<bool> woken_ = false;
};

}  // namespace sluice::embedded
