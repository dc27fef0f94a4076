#include "tests/fakes/memory_log.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/base/terminate.h"

namespace sluice::fakes {
namespace {

std::string ShardName(const log::Spec& spec, std::optional<log::Partition> partition) {
  return partition.has_value() ? fmt::format("{}.{}", spec.stage, *partition)
                               : fmt::format("{}.replica", spec.stage);
}

}  // namespace

// One open worker or replica.
class MemoryLog::Shard final : public log::Worker, public log::State {
 public:
  Shard(MemoryLog& log, log::Spec spec, std::string name,
        std::vector<MemoryStore::InputPartition> inputs, bool replica, std::stop_token stop)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log.mutex_)
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

  absl::StatusOr<std::vector<log::Record>> Poll(const log::Limits& limits,
                                                absl::Time deadline) override {
    const std::stop_callback wake_on_stop(stop_, [this] {
      absl::MutexLock lock(&log_->mutex_);
      log_->changed_.SignalAll();
    });
    absl::MutexLock lock(&log_->mutex_);
    if (absl::Status status = log_->Step(); !status.ok()) return status;
    for (;;) {
      if (absl::Status status = Alive(); !status.ok()) return status;
      absl::StatusOr<std::vector<log::Record>> records = Take(limits);
      if (!records.ok() || !records->empty() || woken_ || log_->clock_->Now() >= deadline) {
        if (records.ok() && records->empty()) woken_ = false;
        if (absl::Status status = log_->Step(); !status.ok()) return status;
        return records;
      }
      log_->changed_.Wait(&log_->mutex_);
    }
  }

  void Wake() override {
    absl::MutexLock lock(&log_->mutex_);
    woken_ = true;
    log_->changed_.SignalAll();
  }

  absl::Status Commit(log::Transaction transaction,
                      absl::Span<const log::Record> consumed) override {
    absl::MutexLock lock(&log_->mutex_);
    if (absl::Status status = log_->Step(); !status.ok()) return status;
    if (absl::Status status = Alive(); !status.ok()) return status;
    if (absl::Status status = Check(transaction, consumed); !status.ok()) return status;
    const std::optional<Fault> fault = log_->Due(log_->commit_faults_);
    if (fault.has_value()) {
      over_ = fault->status;
      if (fault->effect == Effect::kNone) return over_;
    }
    Apply(transaction, consumed);
    if (fault.has_value()) return over_;
    return log_->Step();
  }

  const log::State& state() const override { return *this; }

  Position position() const override {
    absl::MutexLock lock(&log_->mutex_);
    Position position;
    for (const auto& [input, next] : consumed_) {
      const MemoryStore::PartitionLog& partition = log_->store_.at(input.first, input.second);
      position.lag_records +=
          partition.end - std::min(partition.end, std::max(next, partition.first));
      for (auto entry = partition.From(next); entry != partition.entries.end(); ++entry) {
        position.lag_bytes += entry->bytes();
        position.lag_age = std::max(position.lag_age, log_->clock_->Now() - entry->appended);
      }
    }
    return position;
  }

  std::optional<std::string> Get(std::string_view table, std::string_view key) const override {
    absl::MutexLock lock(&log_->mutex_);
    const auto& rows = Rows(table);
    const auto found = rows.find(key);
    return found == rows.end() ? std::nullopt : std::optional(found->second);
  }

  void Scan(std::string_view table, std::string_view from, std::string_view to,
            log::Rows rows) const override {
    std::vector<std::pair<std::string, std::string>> found;
    {
      absl::MutexLock lock(&log_->mutex_);
      const auto& all = Rows(table);
      const auto end = to.empty() ? all.end() : all.lower_bound(to);
      for (auto row = all.lower_bound(from); row != end && (to.empty() || row->first < to); ++row) {
        found.emplace_back(*row);
      }
    }
    for (const auto& [key, value] : found) rows(key, value);
  }

 private:
  using Offsets = std::vector<std::pair<MemoryStore::InputPartition, uint64_t>>;

  const std::map<std::string, std::string, std::less<>>& Rows(std::string_view table) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_->mutex_) {
    const auto& tables = log_->store_.shard(name_).tables;
    const auto found = tables.find(table);
    if (found == tables.end()) base::Terminate(fmt::format("{} has no table {}", name_, table));
    return found->second.rows;
  }

  absl::Status Alive() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_->mutex_) {
    if (!over_.ok()) return over_;
    if (generation_ != log_->generation_) {
      return absl::CancelledError(fmt::format("{}: its process is gone", name_));
    }
    if (epoch_ != log_->store_.shard(name_).epoch) {
      return absl::AbortedError(fmt::format("{} was opened again elsewhere", name_));
    }
    if (stop_.stop_requested()) return absl::CancelledError(fmt::format("{} was stopped", name_));
    return absl::OkStatus();
  }

  // The oldest unread records of all inputs.
  absl::StatusOr<std::vector<log::Record>> Take(const log::Limits& limits)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_->mutex_) {
    polled_.clear();
    std::vector<log::Record> records;
    size_t bytes = 0;
    while (records.size() < std::max<size_t>(limits.records_max, 1)) {
      std::pair<MemoryStore::InputPartition, uint64_t>* oldest = nullptr;
      const MemoryStore::Entry* entry = nullptr;
      for (auto& input : next_) {
        const auto& [topic, partition] = input.first;
        const MemoryStore::PartitionLog& log = log_->store_.at(topic, partition);
        if (input.second < log.first) {
          return absl::OutOfRangeError(
              fmt::format("{}: records {} to {} of {}.{} were removed before they were read", name_,
                          input.second, log.first - 1, topic, partition));
        }
        const auto found = log.From(input.second);
        if (found == log.entries.end() || (entry != nullptr && entry->order < found->order))
          continue;
        oldest = &input;
        entry = &*found;
      }
      if (entry == nullptr || (!records.empty() && bytes + entry->bytes() > limits.bytes_max))
        break;
      oldest->second = entry->offset + 1;
      bytes += entry->bytes();
      const MemoryStore::Entry& copy = polled_.emplace_back(*entry);
      records.push_back({.topic = oldest->first.first,
                         .partition = oldest->first.second,
                         .offset = copy.offset,
                         .appended = copy.appended,
                         .key = copy.key,
                         .value = copy.value});
      handed_out_.push_back({oldest->first, entry->offset});
    }
    return records;
  }

  absl::Status Check(const log::Transaction& transaction,
                     absl::Span<const log::Record> consumed) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_->mutex_) {
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
    const auto known = [this](std::string_view table) {
      return std::ranges::find(spec_.tables, table, &log::Table::name) != spec_.tables.end();
    };
    for (const log::Transaction::Row& row : transaction.rows()) {
      if (!known(row.table)) base::Terminate(fmt::format("{} has no table {}", name_, row.table));
    }
    for (const auto& expiry : transaction.expiries()) {
      if (!known(expiry.first))
        base::Terminate(fmt::format("{} has no table {}", name_, expiry.first));
    }
    for (size_t i = 0; i < consumed.size(); ++i) {
      if (i >= handed_out_.size() || handed_out_[i].second != consumed[i].offset ||
          handed_out_[i].first.first != consumed[i].topic ||
          handed_out_[i].first.second != consumed[i].partition) {
        return absl::InvalidArgumentError(fmt::format(
            "{}: what was consumed is not what was polled, from record {} on", name_, i));
      }
    }
    return absl::OkStatus();
  }

  void Apply(const log::Transaction& transaction, absl::Span<const log::Record> consumed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_->mutex_) {
    MemoryStore::Shard& shard = log_->store_.shard(name_);
    log_->store_.Append(transaction.appends(), log_->clock_->Now());
    MemoryStore::Write(transaction, shard);
    for (size_t i = 0; i < consumed.size(); ++i) {
      const auto& [input, offset] = handed_out_.front();
      shard.positions[input] = offset + 1;
      std::ranges::find(consumed_, input, &Offsets::value_type::first)->second = offset + 1;
      handed_out_.pop_front();
    }
    log_->changed_.SignalAll();
  }

  MemoryLog* log_;  // Not owned. Its mutex guards all that follows.
  const log::Spec spec_;
  const std::string name_;
  const bool replica_;
  const uint64_t generation_;
  const uint64_t epoch_;
  const std::stop_token stop_;
  Offsets next_;                                                             // To be handed out.
  Offsets consumed_;                                                         // To be consumed.
  std::deque<std::pair<MemoryStore::InputPartition, uint64_t>> handed_out_;  // And not consumed.
  std::deque<MemoryStore::Entry> polled_;  // What the last Poll's views look at.
  bool woken_ = false;
  absl::Status over_;
};

class MemoryLog::Input final : public log::Appender {
 public:
  explicit Input(MemoryLog& log) : log_(&log) {}

  void Append(std::string_view topic, std::string_view key, std::string value,
              absl::AnyInvocable<void(absl::Status)> durable) override {
    durable(Keep(topic, key, std::move(value)));
  }

 private:
  absl::Status Keep(std::string_view topic, std::string_view key, std::string value) {
    log::Transaction one(nullptr);
    if (absl::Status status = one.Emit(topic, key, std::move(value)); !status.ok()) return status;
    absl::MutexLock lock(&log_->mutex_);
    if (log_->killed_) return absl::CancelledError("the process is gone");
    if (absl::Status status = log_->store_.CheckAppends(one.appends()); !status.ok()) return status;
    if (std::optional<Fault> fault = log_->Due(log_->append_faults_)) return fault->status;
    log_->store_.Append(one.appends(), log_->clock_->Now());
    log_->changed_.SignalAll();
    return absl::OkStatus();
  }

  MemoryLog* log_;  // Not owned.
};

MemoryLog::MemoryLog(const Options& options, ManualClock& clock)
    : clock_(&clock),
      options_(options),
      stored_partitions_(options.keyed_partitions),
      store_(options.keyed_partitions, options.offset_gap),
      subscription_(clock.Subscribe([this] {
        absl::MutexLock lock(&mutex_);
        changed_.SignalAll();
      })) {}

MemoryLog::~MemoryLog() = default;

absl::StatusOr<std::unique_ptr<log::Worker>> MemoryLog::OpenWorker(const log::Spec& spec,
                                                                   log::Partition partition,
                                                                   log::Load load,
                                                                   std::stop_token stop) {
  return Open(spec, partition, load, std::move(stop));
}

absl::StatusOr<std::unique_ptr<log::Worker>> MemoryLog::OpenReplica(const log::Spec& spec,
                                                                    log::Load load,
                                                                    std::stop_token stop) {
  return Open(spec, std::nullopt, load, std::move(stop));
}

absl::Status MemoryLog::CheckSpec(const log::Spec& spec,
                                  std::optional<log::Partition> partition) const {
  if (options_.keyed_partitions != stored_partitions_) {
    return absl::FailedPreconditionError(
        fmt::format("the log was made with {} partitions and is opened with {}: set it back",
                    stored_partitions_, options_.keyed_partitions));
  }
  log::Partition shards = spec.inputs.empty() ? 1 : 0;
  for (const std::vector<std::string>& topics : {spec.inputs, spec.outputs}) {
    for (const std::string& topic : topics) {
      if (store_.partitions(topic) == 0) {
        return absl::InvalidArgumentError(fmt::format("there is no topic {}", topic));
      }
    }
  }
  for (const std::string& topic : spec.inputs) shards = std::max(shards, store_.partitions(topic));
  if (partition.value_or(0) >= shards) {
    return absl::InvalidArgumentError(
        fmt::format("{} has {} shards: {} does not exist", spec.stage, shards, *partition));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<log::Worker>> MemoryLog::Open(
    const log::Spec& spec, std::optional<log::Partition> partition, log::Load load,
    std::stop_token stop) {
  const std::vector<MemoryStore::InputPartition> inputs =
      InputPartitions(*this, spec.inputs, partition);
  const std::string name = ShardName(spec, partition);
  std::unique_ptr<Shard> worker;
  {
    absl::MutexLock lock(&mutex_);
    if (absl::Status status = Step(); !status.ok()) return status;
    if (stop.stop_requested()) return absl::CancelledError(fmt::format("{} was stopped", name));
    if (absl::Status status = CheckSpec(spec, partition); !status.ok()) return status;
    MemoryStore::Shard& shard = store_.shard(name);
    const bool passed = std::ranges::any_of(shard.positions, [this](const auto& position) {
      return position.second < store_.at(position.first.first, position.first.second).first;
    });
    if (!partition.has_value() && passed) {
      shard.positions.clear();
      shard.tables.clear();
    }
    for (const log::Table& table : spec.tables) {
      MemoryStore::StoredTable& stored = shard.tables[table.name];
      if (stored.rows.empty()) stored.version = table.version;
      if (stored.version != table.version) {
        return absl::FailedPreconditionError(fmt::format(
            "table {} of {} has rows of version {}, this program reads version {}: run a "
            "program that reads them, or begin with an empty state",
            table.name, name, stored.version, table.version));
      }
    }
    ++shard.epoch;
    worker =
        std::make_unique<Shard>(*this, spec, name, inputs, !partition.has_value(), std::move(stop));
    changed_.SignalAll();
    if (absl::Status status = Step(); !status.ok()) return status;
  }
  for (const log::Table& table : spec.tables) {
    if (!table.load) continue;
    worker->Scan(table.name, "", "", [&](std::string_view key, std::string_view value) {
      load(table.name, key, value);
    });
  }
  return worker;
}

absl::StatusOr<std::unique_ptr<log::Appender>> MemoryLog::OpenAppender() {
  return std::make_unique<Input>(*this);
}

absl::StatusOr<std::vector<log::Backlog>> MemoryLog::Backlogs(const log::Spec& spec) {
  const std::vector<MemoryStore::InputPartition> inputs =
      InputPartitions(*this, spec.inputs, std::nullopt);
  absl::MutexLock lock(&mutex_);
  std::vector<log::Backlog> backlogs;
  for (const MemoryStore::InputPartition& input : inputs) {
    const MemoryStore::PartitionLog& partition = store_.at(input.first, input.second);
    const auto& positions = store_.shard(ShardName(spec, input.second)).positions;
    const auto found = positions.find(input);
    const uint64_t next = std::max(partition.first, found == positions.end() ? 0 : found->second);
    log::Backlog backlog;
    backlog.topic = input.first;
    backlog.partition = input.second;
    backlog.records = partition.end - next;
    const auto oldest = partition.From(next);
    if (oldest != partition.entries.end()) backlog.age = clock_->Now() - oldest->appended;
    for (auto entry = oldest; entry != partition.entries.end(); ++entry)
      backlog.bytes += entry->bytes();
    backlogs.push_back(std::move(backlog));
  }
  return backlogs;
}

log::Partition MemoryLog::Partitions(std::string_view topic) const {
  absl::MutexLock lock(&mutex_);
  return store_.partitions(topic);
}

}  // namespace sluice::fakes
