#pragma once

#include <deque>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/log/log.h"
#include "tests/fakes/memory_log.h"
#include "tests/fakes/memory_store.h"

namespace sluice::fakes {

// One open worker or replica of a MemoryLog, whose mutex guards all of it.
class MemoryLog::Shard final : public log::Worker, public log::State {
 public:
  Shard(MemoryLog& log, log::Spec spec, std::string name,
        std::vector<MemoryStore::InputPartition> inputs, bool replica, std::stop_token stop)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log.mutex_);

  absl::StatusOr<std::vector<log::Record>> Poll(const log::Limits& limits,
                                                absl::Time deadline) override;
  void Wake() override;
  absl::Status Commit(log::Transaction transaction,
                      absl::Span<const log::Record> consumed) override;
  const log::State& state() const override { return *this; }
  Position position() const override;

  std::optional<std::string> Get(std::string_view table, std::string_view key) const override;
  void Scan(std::string_view table, std::string_view from, std::string_view to,
            log::Rows rows) const override;

 private:
  using Offset = std::pair<MemoryStore::InputPartition, uint64_t>;

  const std::map<std::string, std::string, std::less<>>& Rows(std::string_view table) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_->mutex_);
  absl::Status Alive() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_->mutex_);
  // The oldest unread records of all inputs.
  absl::StatusOr<std::vector<log::Record>> Take(const log::Limits& limits)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_->mutex_);
  absl::Status Check(const log::Transaction& transaction,
                     absl::Span<const log::Record> consumed) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_->mutex_);
  void CheckTable(std::string_view table) const;
  void Apply(const log::Transaction& transaction, size_t consumed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_->mutex_);

  MemoryLog* log_;  // Not owned.
  const log::Spec spec_;
  const std::string name_;
  const bool replica_;
  const uint64_t generation_;
  const uint64_t epoch_;
  const std::stop_token stop_;
  std::vector<Offset> next_;               // To be handed out.
  std::vector<Offset> consumed_;           // To be consumed.
  std::deque<Offset> handed_out_;          // And not consumed.
  std::deque<MemoryStore::Entry> polled_;  // What the last Poll's views look at.
  bool woken_ = false;
  absl::Status over_;
};

}  // namespace sluice::fakes
