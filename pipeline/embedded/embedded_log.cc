#include "pipeline/embedded/embedded_log.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/embedded/embedded_worker.h"
#include "pipeline/embedded/lag.h"
#include "pipeline/log/topics.h"

namespace sluice::embedded {
namespace {

std::string ShardName(const log::Spec& spec, std::optional<log::Partition> partition) {
  return partition.has_value() ? fmt::format("{}.{}", spec.stage, *partition)
                               : fmt::format("{}.replica", spec.stage);
}

std::vector<std::vector<Watermarks::Range>> Ranges(const Storage& storage) {
  std::vector<std::vector<Watermarks::Range>> ranges;
  for (const std::vector<Storage::Start>& topic : storage.starts()) {
    std::vector<Watermarks::Range>& partitions = ranges.emplace_back();
    for (const Storage::Start& start : topic) partitions.push_back({start.first, start.tail.end});
  }
  return ranges;
}

absl::Status NoTopic(std::string_view topic) {
  return absl::InvalidArgumentError(fmt::format("there is no topic {}", topic));
}

}  // namespace

class EmbeddedLog::Input final : public log::Appender {
 public:
  explicit Input(EmbeddedLog& log) : log_(&log) {}

  void Append(std::string_view topic, std::string_view key, std::string value,
              Committer::Durable durable) override {
    const std::optional<size_t> index = TopicIndex(topic);
    if (!index.has_value()) return durable(NoTopic(topic));
    log::Transaction one(nullptr);
    if (absl::Status status = one.Emit(topic, key, std::move(value)); !status.ok())
      return durable(status);
    const log::Transaction::Append& record = one.appends().front();
    const log::Partition partition = log::PartitionOf(key, log_->storage_->partitions(*index));
    const Committer::Append append = {{*index, partition}, record.key, record.value};
    rocksdb::WriteBatch batch;
    (void)log_->committer_.Write(batch, {&append, 1}, std::move(durable));  // `durable` is told.
  }

 private:
  EmbeddedLog* log_;  // Not owned.
};

absl::StatusOr<std::unique_ptr<EmbeddedLog>> EmbeddedLog::Open(const Options& options,
                                                               const base::Clock& clock) {
  auto memory = std::make_unique<state::Memory>(options.memory);
  absl::StatusOr<std::unique_ptr<Storage>> storage =
      Storage::Open(options.directory, options.keyed_partitions, *memory, options.env);
  if (!storage.ok()) return storage.status();
  absl::StatusOr<std::unique_ptr<ShardRegistry>> shards = ShardRegistry::Load(**storage);
  if (!shards.ok()) return shards.status();
  return std::unique_ptr<EmbeddedLog>(
      new EmbeddedLog(options, clock, std::move(memory), *std::move(storage), *std::move(shards)));
}

EmbeddedLog::EmbeddedLog(const Options& options, const base::Clock& clock,
                         std::unique_ptr<state::Memory> memory, std::unique_ptr<Storage> storage,
                         std::unique_ptr<ShardRegistry> shards)
    : options_(options),
      clock_(&clock),
      memory_(std::move(memory)),
      storage_(std::move(storage)),
      shards_(std::move(shards)),
      watermarks_(Ranges(*storage_)),
      committer_({.sync_each = options.sync_interval <= absl::ZeroDuration(),
                  .unsynced_bytes_max = options.unsynced_append_bytes_max,
                  .on_step = options.on_step},
                 *storage_, watermarks_, clock),
      retention_(options.retention, *storage_, watermarks_, *shards_, committer_, clock) {}

EmbeddedLog::~EmbeddedLog() = default;

absl::StatusOr<std::unique_ptr<log::Worker>> EmbeddedLog::OpenWorker(const log::Spec& spec,
                                                                     log::Partition partition,
                                                                     log::Load load,
                                                                     std::stop_token stop) {
  return Open(spec, partition, load, std::move(stop));
}

absl::StatusOr<std::unique_ptr<log::Worker>> EmbeddedLog::OpenReplica(const log::Spec& spec,
                                                                      log::Load load,
                                                                      std::stop_token stop) {
  return Open(spec, std::nullopt, load, std::move(stop));
}

absl::StatusOr<std::vector<TopicPartition>> EmbeddedLog::InputsOf(
    const log::Spec& spec, std::optional<log::Partition> partition) const {
  std::vector<TopicPartition> inputs;
  log::Partition shards = spec.inputs.empty() ? 1 : 0;
  for (const std::string& topic : spec.inputs) {
    const std::optional<size_t> index = TopicIndex(topic);
    if (!index.has_value()) return NoTopic(topic);
    const log::Partition count = storage_->partitions(*index);
    shards = std::max(shards, count);
    for (log::Partition p = 0; p < count; ++p) {
      if (p == partition.value_or(p)) inputs.push_back({*index, p});
    }
  }
  for (const std::string& topic : spec.outputs) {
    if (!TopicIndex(topic).has_value()) return NoTopic(topic);
  }
  if (partition.value_or(0) >= shards) {
    return absl::InvalidArgumentError(
        fmt::format("{} has {} shards: {} does not exist", spec.stage, shards, *partition));
  }
  return inputs;
}

absl::StatusOr<std::unique_ptr<log::Worker>> EmbeddedLog::Open(
    const log::Spec& spec, std::optional<log::Partition> partition, log::Load load,
    std::stop_token stop) {
  const std::string name = ShardName(spec, partition);
  if (stop.stop_requested()) return absl::CancelledError(fmt::format("{} was stopped", name));
  absl::StatusOr<std::vector<TopicPartition>> inputs = InputsOf(spec, partition);
  if (!inputs.ok()) return inputs.status();
  if (absl::Status status = health(); !status.ok()) return status;

  ShardSlot& slot = shards_->At(name);
  std::unique_ptr<EmbeddedWorker> worker;
  {
    const absl::MutexLock opening(&shards_->openings());
    const absl::MutexLock lock(&slot.mutex);
    const bool passed = std::ranges::any_of(slot.committed.all(), [this](const auto& position) {
      return position.second < watermarks_.range(position.first, Watermarks::View::kWritten).first;
    });
    if (!partition.has_value() && passed) {
      rocksdb::WriteBatch batch;
      state::Tables::Wipe(storage_->tables(), name, batch);
      (void)batch.Delete(storage_->meta(), Storage::PositionKey(name));
      if (absl::Status status = committer_.Write(batch, {}); !status.ok()) return status;
      slot.committed = {};
    }
    rocksdb::WriteBatch batch;
    absl::StatusOr<std::unique_ptr<state::Tables>> tables = state::Tables::Open(
        storage_->tables(), name, spec.tables,
        fmt::format("use another directory than {}", options_.directory), batch);
    if (!tables.ok()) return tables.status();
    if (batch.Count() > 0) {
      if (absl::Status status = committer_.Write(batch, {}); !status.ok()) return status;
    }
    worker = std::make_unique<EmbeddedWorker>(
        EmbeddedWorker::Base{storage_.get(), &watermarks_, &committer_, clock_}, spec, slot,
        *std::move(inputs), !partition.has_value(), *std::move(tables), std::move(stop));
  }
  if (absl::Status status = worker->Load(load); !status.ok()) return status;
  return worker;
}

absl::StatusOr<std::unique_ptr<log::Appender>> EmbeddedLog::OpenAppender() {
  if (absl::Status status = health(); !status.ok()) return status;
  return std::make_unique<Input>(*this);
}

absl::StatusOr<std::vector<log::Backlog>> EmbeddedLog::Backlogs(const log::Spec& spec) {
  absl::StatusOr<std::vector<TopicPartition>> inputs = InputsOf(spec, std::nullopt);
  if (!inputs.ok()) return inputs.status();
  std::vector<log::Backlog> backlogs;
  for (const TopicPartition& at : *inputs) {
    uint64_t next = 0;
    {
      ShardSlot& slot = shards_->At(ShardName(spec, at.partition));
      absl::MutexLock lock(&slot.mutex);
      next = slot.committed.Find(at).value_or(0);
    }
    const Lag lag = MeasureLag(*storage_, watermarks_, at, next, clock_->Now());
    backlogs.push_back({.topic = std::string(log::Topics()[at.topic].name),
                        .partition = at.partition,
                        .records = lag.records,
                        .bytes = lag.bytes,
                        .age = lag.age});
  }
  if (absl::Status status = health(); !status.ok()) return status;
  return backlogs;
}

log::Partition EmbeddedLog::Partitions(std::string_view topic) const {
  const std::optional<size_t> index = TopicIndex(topic);
  return index.has_value() ? storage_->partitions(*index) : 0;
}

absl::StatusOr<absl::Time> EmbeddedLog::Sync() {
  if (options_.sync_interval <= absl::ZeroDuration()) return absl::InfiniteFuture();
  const absl::Time begun = clock_->Now();
  if (absl::Status status = committer_.Sync(); !status.ok()) return status;
  return begun + options_.sync_interval;
}

absl::StatusOr<absl::Time> EmbeddedLog::Trim() {
  if (absl::Status status = retention_.Trim(); !status.ok()) return status;
  return clock_->Now() + options_.trim_interval;
}

absl::Status EmbeddedLog::TrimTo(std::string_view topic, log::Partition partition, uint64_t first) {
  const std::optional<size_t> index = TopicIndex(topic);
  if (!index.has_value() || partition >= storage_->partitions(*index)) return NoTopic(topic);
  return retention_.TrimTo({*index, partition}, first);
}

absl::Status EmbeddedLog::health() const { return storage_->health().status(); }

}  // namespace sluice::embedded
