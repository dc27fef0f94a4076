#include "tests/fakes/memory_shard.h"

#include <algorithm>
#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/base/terminate.h"

namespace sluice::fakes {

MemoryLog::Shard::Shard(MemoryLog& log, log::Spec spec, std::string name,
                        std::vector<MemoryStore::InputPartition> inputs, bool replica,
                        std::stop_token stop)
    : log_(&log),
      spec_(std::move(spec)),
      name_(std::move(name)),
      replica_(replica),
      generation_(log.generation_),
      epoch_(log.store_.shard(name_).epoch),
      stop_(std::move(stop)) {
  const auto& positions = log.store_.shard(name_).positions;
  for (MemoryStore::InputPartition& input : inputs) {
    const auto found = positions.find(input);
    const uint64_t next =
        found == positions.end() ? log.store_.at(input.first, input.second).first : found->second;
    next_.emplace_back(std::move(input), next);
  }
  consumed_ = next_;
}

absl::StatusOr<std::vector<log::Record>> MemoryLog::Shard::Poll(const log::Limits& limits,
                                                                absl::Time deadline) {
  const std::stop_callback wake_on_stop(stop_, [this] {
    absl::MutexLock lock(&log_->mutex_);
    log_->changed_.SignalAll();
  });
  absl::MutexLock lock(&log_->mutex_);
  if (absl::Status status = log_->Step(); !status.ok()) return status;
  for (;;) {
    if (absl::Status status = Alive(); !status.ok()) return status;
    if (stop_.stop_requested()) return absl::CancelledError(fmt::format("{} was stopped", name_));
    absl::StatusOr<std::vector<log::Record>> records = Take(limits);
    if (!records.ok() || !records->empty() || woken_ || log_->clock_->Now() >= deadline) {
      if (records.ok() && records->empty()) woken_ = false;
      if (absl::Status status = log_->Step(); !status.ok()) return status;
      return records;
    }
    log_->changed_.Wait(&log_->mutex_);
  }
}

void MemoryLog::Shard::Wake() {
  absl::MutexLock lock(&log_->mutex_);
  woken_ = true;
  log_->changed_.SignalAll();
}

absl::Status MemoryLog::Shard::Commit(log::Transaction transaction,
                                      absl::Span<const log::Record> consumed) {
  absl::MutexLock lock(&log_->mutex_);
  if (absl::Status status = log_->Step(); !status.ok()) return status;
  if (absl::Status status = Alive(); !status.ok()) return status;
  if (absl::Status status = Check(transaction, consumed); !status.ok()) return status;
  const std::optional<Fault> fault = log_->Due(log_->commit_faults_);
  if (fault.has_value()) {
    over_ = fault->status;
    if (fault->effect == Effect::kNone) return over_;
  }
  Apply(transaction, consumed.size());
  if (fault.has_value()) return over_;
  return log_->Step();
}

log::Worker::Position MemoryLog::Shard::position() const {
  absl::MutexLock lock(&log_->mutex_);
  Position position;
  for (const auto& [input, next] : consumed_) {
    const MemoryStore::PartitionLog& partition = log_->store_.at(input.first, input.second);
    position.lag_records += partition.end - std::max(next, partition.first);
    for (auto entry = partition.From(next); entry != partition.entries.end(); ++entry) {
      position.lag_bytes += entry->bytes();
      position.lag_age = std::max(position.lag_age, log_->clock_->Now() - entry->appended);
    }
  }
  return position;
}

std::optional<std::string> MemoryLog::Shard::Get(std::string_view table,
                                                 std::string_view key) const {
  absl::MutexLock lock(&log_->mutex_);
  const auto& rows = Rows(table);
  const auto found = rows.find(key);
  return found == rows.end() ? std::nullopt : std::optional(found->second);
}

void MemoryLog::Shard::Scan(std::string_view table, std::string_view from, std::string_view to,
                            log::Rows rows) const {
  std::vector<std::pair<std::string, std::string>> found;
  {
    absl::MutexLock lock(&log_->mutex_);
    const auto& all = Rows(table);
    for (auto row = all.lower_bound(from); row != all.end() && (to.empty() || row->first < to);
         ++row) {
      found.emplace_back(*row);
    }
  }
  for (const auto& [key, value] : found) rows(key, value);
}

const std::map<std::string, std::string, std::less<>>& MemoryLog::Shard::Rows(
    std::string_view table) const {
  CheckTable(table);
  return log_->store_.shard(name_).tables.find(table)->second.rows;
}

void MemoryLog::Shard::CheckTable(std::string_view table) const {
  if (std::ranges::find(spec_.tables, table, &log::Table::name) == spec_.tables.end()) {
    base::Terminate(fmt::format("{} is asked for a table {} that its Spec has not", name_, table));
  }
}

absl::Status MemoryLog::Shard::Alive() const {
  if (!over_.ok()) return over_;
  if (generation_ != log_->generation_) {
    return absl::CancelledError(fmt::format("{}: its process is gone", name_));
  }
  if (epoch_ != log_->store_.shard(name_).epoch) {
    return absl::AbortedError(fmt::format("{} was opened again elsewhere", name_));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<log::Record>> MemoryLog::Shard::Take(const log::Limits& limits) {
  polled_.clear();
  std::vector<log::Record> records;
  size_t bytes = 0;
  while (records.size() < std::max<size_t>(limits.records_max, 1)) {
    Offset* oldest = nullptr;
    const MemoryStore::Entry* entry = nullptr;
    for (Offset& input : next_) {
      const auto& [topic, partition] = input.first;
      const MemoryStore::PartitionLog& log = log_->store_.at(topic, partition);
      if (input.second < log.first) {
        return absl::OutOfRangeError(
            fmt::format("{} has read {}.{} up to offset {}, and retention has removed all below {}",
                        name_, topic, partition, input.second, log.first));
      }
      const auto found = log.From(input.second);
      if (found == log.entries.end() || (entry != nullptr && entry->order < found->order)) continue;
      oldest = &input;
      entry = &*found;
    }
    if (entry == nullptr || (!records.empty() && bytes + entry->bytes() > limits.bytes_max)) break;
    oldest->second = entry->offset + 1;
    bytes += entry->bytes();
    const MemoryStore::Entry& copy = polled_.emplace_back(*entry);
    records.push_back({.topic = oldest->first.first,
                       .partition = oldest->first.second,
                       .offset = copy.offset,
                       .appended = copy.appended,
                       .key = copy.key,
                       .value = copy.value});
    handed_out_.emplace_back(oldest->first, entry->offset);
  }
  return records;
}

absl::Status MemoryLog::Shard::Check(const log::Transaction& transaction,
                                     absl::Span<const log::Record> consumed) const {
  for (const log::Transaction::Row& row : transaction.rows()) CheckTable(row.table);
  for (const auto& expiry : transaction.expiries()) CheckTable(expiry.first);
  if (replica_ && !transaction.appends().empty()) {
    return absl::InvalidArgumentError(fmt::format("{} is a replica and may not emit", name_));
  }
  if (absl::Status status = log_->store_.CheckAppends(transaction.appends()); !status.ok())
    return status;
  for (const log::Transaction::Append& append : transaction.appends()) {
    if (std::ranges::find(spec_.outputs, append.topic) == spec_.outputs.end()) {
      return absl::InvalidArgumentError(
          fmt::format("{} is not an output of {}", append.topic, spec_.stage));
    }
  }
  for (size_t i = 0; i < consumed.size(); ++i) {
    if (i >= handed_out_.size() || handed_out_[i].second != consumed[i].offset ||
        handed_out_[i].first.first != consumed[i].topic ||
        handed_out_[i].first.second != consumed[i].partition) {
      return absl::InvalidArgumentError(
          fmt::format("{}: what was consumed is not what was polled, from record {} on", name_, i));
    }
  }
  return absl::OkStatus();
}

void MemoryLog::Shard::Apply(const log::Transaction& transaction, size_t consumed) {
  MemoryStore::Shard& shard = log_->store_.shard(name_);
  log_->store_.Append(transaction.appends(), log_->clock_->Now());
  MemoryStore::Write(transaction, shard);
  for (size_t i = 0; i < consumed; ++i) {
    const auto& [input, offset] = handed_out_.front();
    shard.positions[input] = offset + 1;
    std::ranges::find(consumed_, input, &Offset::first)->second = offset + 1;
    handed_out_.pop_front();
  }
  log_->changed_.SignalAll();
}

}  // namespace sluice::fakes
