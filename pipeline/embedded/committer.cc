#include "pipeline/embedded/committer.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <utility>

#include "pipeline/base/strings.h"

namespace sluice::embedded {
namespace {

rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Committer::Committer(Options options, Storage& storage, Watermarks& watermarks,
                     const base::Clock& clock)
    : options_(std::move(options)), storage_(&storage), watermarks_(&watermarks), clock_(&clock) {
  for (const std::vector<Storage::Start>& topic : storage.starts()) {
    std::vector<Storage::Tail>& tails = tails_.emplace_back();
    for (const Storage::Start& start : topic) tails.push_back(start.tail);
  }
}

Committer::~Committer() {
  (void)Sync();  // Who waits is told how it went; others did not ask.
}

absl::Status Committer::Write(rocksdb::WriteBatch& batch, absl::Span<const Append> appends,
                              Durable durable) {
  const absl::StatusOr<uint64_t> number = WriteNow(batch, appends, durable);
  if (!number.ok()) {
    if (durable != nullptr) durable(number.status());
    return number.status();
  }
  const absl::Status status = options_.sync_each ? SyncTo(*number) : absl::OkStatus();
  Step(CommitStep::kAfterPublish);
  return status;
}

absl::StatusOr<uint64_t> Committer::WriteNow(rocksdb::WriteBatch& batch,
                                             absl::Span<const Append> appends, Durable& durable) {
  Written written;
  if (durable != nullptr) {
    for (const Append& append : appends)
      written.waiting_bytes += append.key.size() + append.value.size();
    const size_t waiting = waiting_bytes_;
    if (waiting > 0 && waiting + written.waiting_bytes > options_.unsynced_bytes_max) {
      return absl::ResourceExhaustedError(
          fmt::format("{} bytes wait for the disk, and {} may: try again later", waiting,
                      options_.unsynced_bytes_max));
    }
  }
  absl::MutexLock lock(&write_mutex_);
  state::Health& health = storage_->health();
  if (absl::Status status = health.status(); !status.ok()) return status;
  AddRecords(appends, batch, written.ends);
  Step(CommitStep::kBeforeWrite);
  if (absl::Status status = storage_->Write(batch); !status.ok()) {
    watermarks_->Nudge();
    return status;
  }
  Step(CommitStep::kAfterWrite);
  if (!options_.sync_each && !written.ends.empty()) watermarks_->PublishWritten(written.ends);
  written.durable = std::move(durable);
  waiting_bytes_ += written.waiting_bytes;
  absl::MutexLock sync_lock(&sync_mutex_);
  const uint64_t number = written.number = ++written_;
  unsynced_.push_back(std::move(written));
  return number;
}

void Committer::AddRecords(absl::Span<const Append> appends, rocksdb::WriteBatch& batch,
                           std::vector<PartitionEnd>& ends) {
  if (appends.empty()) return;
  // To the microsecond, as it is stored.
  const absl::Time now = absl::FromUnixMicros(absl::ToUnixMicros(clock_->Now()));
  for (const Append& append : appends) {
    Storage::Tail& tail = tails_[append.at.topic][append.at.partition];
    tail.appended = std::max(tail.appended, now);
    const StoredRecord record = {.appended = tail.appended,
                                 .bytes_before = tail.bytes,
                                 .key = append.key,
                                 .value = append.value};
    const RecordKey key = EncodeRecordKey({append.at.partition, tail.end});
    const RecordHead head = EncodeRecordHead(record);
    const rocksdb::Slice key_part(key.data(), key.size());
    const rocksdb::Slice value_parts[] = {
        {head.data(), head.size()}, ToSlice(append.key), ToSlice(append.value)};
    (void)batch.Put(storage_->topic(append.at.topic), rocksdb::SliceParts(&key_part, 1),
                    rocksdb::SliceParts(value_parts, 3));  // Fails only for batches with a limit.
    ++tail.end;
    tail.bytes += record.bytes();
    const auto end = std::ranges::find(ends, append.at, &PartitionEnd::at);
    if (end == ends.end()) {
      ends.push_back({append.at, tail.end});
    } else {
      end->end = tail.end;
    }
  }
}

absl::Status Committer::Sync() {
  uint64_t number = 0;
  {
    absl::MutexLock lock(&sync_mutex_);
    number = written_;
  }
  return SyncTo(number);
}

absl::Status Committer::SyncTo(uint64_t number) {
  state::Health& health = storage_->health();
  uint64_t target = 0;
  {
    absl::MutexLock lock(&sync_mutex_);
    while (syncing_ && synced_ < number) synced_changed_.Wait(&sync_mutex_);
    if (synced_ >= number) return health.status();
    syncing_ = true;
    target = written_;
  }
  absl::Status status = health.status();
  if (status.ok())
    status = health.Check(storage_->db().SyncWAL(), "syncing " + storage_->directory());
  Step(CommitStep::kAfterSync);
  Settle(target, status);
  return status;
}

void Committer::Settle(uint64_t number, const absl::Status& status) {
  std::vector<Written> settled;
  {
    absl::MutexLock lock(&sync_mutex_);
    while (!unsynced_.empty() && unsynced_.front().number <= number) {
      settled.push_back(std::move(unsynced_.front()));
      unsynced_.pop_front();
    }
  }
  std::vector<PartitionEnd> ends;
  for (const Written& written : settled)
    ends.insert(ends.end(), written.ends.begin(), written.ends.end());
  if (status.ok()) {
    watermarks_->PublishDurable(ends);
  } else {
    watermarks_->Nudge();
  }
  {
    absl::MutexLock lock(&sync_mutex_);
    synced_ = number;  // Tried, at least: after a failure nothing is tried again.
    syncing_ = false;
    synced_changed_.SignalAll();
  }
  for (Written& written : settled) {
    waiting_bytes_ -= written.waiting_bytes;
    if (written.durable != nullptr) written.durable(status);
  }
}

void Committer::Step(CommitStep step) const {
  if (options_.on_step) options_.on_step(step);
}

}  // namespace sluice::embedded
