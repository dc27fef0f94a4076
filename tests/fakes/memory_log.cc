#include "tests/fakes/memory_log.h"

#include <algorithm>
#include <utility>

#include "pipeline/base/strings.h"
#include "tests/fakes/memory_shard.h"

namespace sluice::fakes {
namespace {

std::string ShardName(const log::Spec& spec, std::optional<log::Partition> partition) {
  return partition.has_value() ? fmt::format("{}.{}", spec.stage, *partition)
                               : fmt::format("{}.replica", spec.stage);
}

}  // namespace

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
    if (!partition.has_value() && store_.Passed(shard)) {
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

class MemoryLog::Member final : public log::Membership {
 public:
  Member(MemoryLog& log, log::SharesChanged changed) : changed(std::move(changed)), log_(&log) {
    const absl::MutexLock lock(&log_->mutex_);
    log_->members_.push_back(this);
  }
  ~Member() override {
    const absl::MutexLock lock(&log_->mutex_);
    std::erase(log_->members_, this);
  }

  log::SharesChanged changed;

 private:
  MemoryLog* log_;
};

absl::StatusOr<std::unique_ptr<log::Membership>> MemoryLog::Join(const log::Spec& /*spec*/,
                                                                 log::SharesChanged changed) {
  return std::make_unique<Member>(*this, std::move(changed));
}

void MemoryLog::Share(size_t member, const absl::StatusOr<std::vector<log::Partition>>& owned) {
  Member* told = nullptr;
  {
    const absl::MutexLock lock(&mutex_);
    told = members_.at(member);
  }
  told->changed(owned);
}

size_t MemoryLog::members() const {
  const absl::MutexLock lock(&mutex_);
  return members_.size();
}

}  // namespace sluice::fakes
