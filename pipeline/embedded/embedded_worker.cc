#include "pipeline/embedded/embedded_worker.h"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/embedded/lag.h"
#include "pipeline/log/topics.h"

namespace sluice::embedded {
namespace {

// A wait is cut into pieces so long: a database that fails in the background wakes nobody.
constexpr absl::Duration kWaitMax = absl::Seconds(1);

// Room in a batch, so that it need not grow: a record beside its key and value, and positions and
// the like.
constexpr size_t kBatchBytesRecord = 64;
constexpr size_t kBatchBytesBeside = 4096;

std::vector<RecordReader::Input> Begin(const Positions& positions,
                                       const std::vector<TopicPartition>& inputs,
                                       const Watermarks& watermarks) {
  std::vector<RecordReader::Input> all;
  for (const TopicPartition& at : inputs) {
    const uint64_t first = watermarks.range(at, Watermarks::View::kWritten).first;
    all.push_back({.at = at, .next = positions.Find(at).value_or(first)});
  }
  return all;
}

}  // namespace

EmbeddedWorker::EmbeddedWorker(const Base& base, log::Spec spec, ShardSlot& slot,
                               const std::vector<TopicPartition>& inputs, bool replica,
                               std::unique_ptr<state::Tables> tables, std::stop_token stop)
    : base_(base),
      spec_(std::move(spec)),
      slot_(&slot),
      replica_(replica),
      tables_(std::move(tables)),
      stop_(std::move(stop)),
      epoch_(++slot.epoch),
      reader_(slot.name, Begin(slot.committed, inputs, *base.watermarks),
              replica ? Watermarks::View::kDurable : Watermarks::View::kWritten, *base.storage,
              *base.watermarks) {
  slot.reading = {};
  for (const RecordReader::Input& input : reader_.inputs()) slot.reading.Set(input.at, input.next);
  slot.open = true;
  base.watermarks->Nudge();  // The former owner, if it waits.
}

EmbeddedWorker::~EmbeddedWorker() {
  absl::MutexLock lock(&slot_->mutex);
  if (slot_->epoch != epoch_) return;
  slot_->open = false;
  slot_->reading = {};
}

absl::StatusOr<std::vector<log::Record>> EmbeddedWorker::Poll(const log::Limits& limits,
                                                              absl::Time deadline) {
  const std::stop_callback wake_on_stop(stop_, [this] { base_.watermarks->Nudge(); });
  for (;;) {
    const uint64_t version = base_.watermarks->version();
    if (absl::Status status = Alive(); !status.ok()) return status;
    absl::StatusOr<std::vector<log::Record>> records = reader_.Read(limits);
    if (!records.ok()) return records.status();
    if (!records->empty()) {
      for (size_t i = 0; i < records->size(); ++i) {
        handed_out_.push_back({reader_.inputs()[reader_.sources()[i]].at, (*records)[i].offset});
      }
      return records;
    }
    const absl::Duration left = deadline - base_.clock->Now();
    if (woken_.exchange(false) || left <= absl::ZeroDuration()) return records;
    base_.watermarks->WaitPast(version, std::min(left, kWaitMax));
  }
}

void EmbeddedWorker::Wake() {
  woken_ = true;
  base_.watermarks->Nudge();
}

absl::Status EmbeddedWorker::Alive() const {
  if (absl::Status status = base_.storage->health().status(); !status.ok()) return status;
  if (stop_.stop_requested())
    return absl::CancelledError(fmt::format("{} was stopped", slot_->name));
  absl::MutexLock lock(&slot_->mutex);
  if (slot_->epoch != epoch_) {
    return absl::AbortedError(fmt::format("{} was opened again elsewhere", slot_->name));
  }
  return absl::OkStatus();
}

absl::Status EmbeddedWorker::Commit(log::Transaction transaction,
                                    absl::Span<const log::Record> consumed) {
  absl::MutexLock lock(&slot_->mutex);
  if (slot_->epoch != epoch_) {
    return absl::AbortedError(fmt::format("{} was opened again elsewhere", slot_->name));
  }
  // Before the tables are asked what expires: a read that failed fails the commit.
  if (absl::Status status = base_.storage->health().status(); !status.ok()) return status;
  if (absl::Status status = CheckConsumed(consumed); !status.ok()) return status;
  absl::StatusOr<std::vector<Committer::Append>> appends = Resolve(transaction);
  if (!appends.ok()) return appends.status();

  Positions positions = slot_->reading;
  for (size_t i = 0; i < consumed.size(); ++i)
    positions.Set(handed_out_[i].at, handed_out_[i].offset + 1);
  const absl::Time now = base_.clock->Now();
  size_t bytes = kBatchBytesBeside;
  for (const Committer::Append& append : *appends) {
    bytes += append.key.size() + append.value.size() + kBatchBytesRecord;
  }
  rocksdb::WriteBatch batch(bytes);
  tables_->Add(transaction.rows(), transaction.expiries(), batch);
  (void)batch.Put(base_.storage->meta(), Storage::PositionKey(slot_->name),
                  ShardRegistry::Encode(positions, now));
  if (absl::Status status = base_.committer->Write(batch, *appends); !status.ok()) return status;
  tables_->Written();
  slot_->committed = slot_->reading = std::move(positions);
  slot_->used = now;
  handed_out_.erase(handed_out_.begin(),
                    handed_out_.begin() + static_cast<ptrdiff_t>(consumed.size()));
  return absl::OkStatus();
}

absl::Status EmbeddedWorker::CheckConsumed(absl::Span<const log::Record> consumed) const {
  for (size_t i = 0; i < consumed.size(); ++i) {
    if (i >= handed_out_.size() || handed_out_[i].offset != consumed[i].offset ||
        handed_out_[i].at.partition != consumed[i].partition ||
        log::Topics()[handed_out_[i].at.topic].name != consumed[i].topic) {
      return absl::InvalidArgumentError(fmt::format(
          "{}: what was consumed is not what was polled, from record {} on", slot_->name, i));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Committer::Append>> EmbeddedWorker::Resolve(
    const log::Transaction& transaction) const {
  if (replica_ && !transaction.appends().empty()) {
    return absl::InvalidArgumentError(fmt::format("{} is a replica and may not emit", slot_->name));
  }
  std::vector<Committer::Append> appends;
  appends.reserve(transaction.appends().size());
  for (const log::Transaction::Append& append : transaction.appends()) {
    const std::optional<size_t> topic = TopicIndex(append.topic);
    if (!topic.has_value() ||
        std::ranges::find(spec_.outputs, append.topic) == spec_.outputs.end()) {
      return absl::InvalidArgumentError(
          fmt::format("{} is not an output of {}", append.topic, spec_.stage));
    }
    const log::Partition count = base_.storage->partitions(*topic);
    const log::Partition partition = append.partition.value_or(log::PartitionOf(append.key, count));
    if (partition >= count) {
      return absl::InvalidArgumentError(fmt::format("topic {} has {} partitions: {} does not exist",
                                                    append.topic, count, partition));
    }
    appends.push_back({{*topic, partition}, append.key, append.value});
  }
  return appends;
}

log::Worker::Position EmbeddedWorker::position() const {
  Positions positions;
  {
    absl::MutexLock lock(&slot_->mutex);
    positions = slot_->reading;
  }
  Position position;
  for (const auto& [at, next] : positions.all()) {
    const Lag lag = MeasureLag(*base_.storage, *base_.watermarks, at, next, base_.clock->Now());
    position.lag_records += lag.records;
    position.lag_bytes += lag.bytes;
    position.lag_age = std::max(position.lag_age, lag.age);
  }
  return position;
}

}  // namespace sluice::embedded
