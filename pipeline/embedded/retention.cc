#include "pipeline/embedded/retention.h"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <string>

#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "sluice/state/v1/embedded_log.pb.h"

namespace sluice::embedded {
namespace {

// The first offset in [first, end) whose record is to stay; `end` if none. Removal goes by a
// property that, once it stays, stays for all later records.
template <typename Stays>
absl::StatusOr<uint64_t> FirstToStay(Storage& storage, const TopicPartition& at, uint64_t first,
                                     uint64_t end, Stays stays) {
  std::string buffer;
  while (first < end) {
    const uint64_t middle = first + (end - first) / 2;
    const absl::StatusOr<StoredRecord> record = storage.Read(at, middle, buffer);
    if (!record.ok()) return record.status();
    if (stays(*record)) {
      end = middle;
    } else {
      first = middle + 1;
    }
  }
  return first;
}

}  // namespace

Retention::Retention(const Options& options, Storage& storage, Watermarks& watermarks,
                     ShardRegistry& shards, Committer& committer, const base::Clock& clock)
    : options_(options),
      storage_(&storage),
      watermarks_(&watermarks),
      shards_(&shards),
      committer_(&committer),
      clock_(&clock) {}

absl::Status Retention::Trim() {
  for (size_t topic = 0; topic < log::Topics().size(); ++topic) {
    for (log::Partition p = 0; p < storage_->partitions(topic); ++p) {
      if (absl::Status status = TrimPartition({topic, p}); !status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

absl::Status Retention::TrimPartition(const TopicPartition& at) {
  const Watermarks::Range range = watermarks_->range(at, Watermarks::View::kDurable);
  if (range.first == range.end) return absl::OkStatus();
  absl::StatusOr<uint64_t> mark = TooOld(at, range);
  if (!mark.ok() || *mark == range.first) return mark.status();
  {
    const absl::MutexLock lock(&shards_->openings());
    const absl::Time forgotten = clock_->Now() - options_.reader_forgotten;
    *mark = std::min(*mark, shards_->Lowest(at, forgotten).value_or(*mark));
    if (*mark <= range.first) return absl::OkStatus();
    const absl::StatusOr<uint64_t> bytes = BytesBetween(at, range.first, *mark);
    if (!bytes.ok() || *bytes < options_.trim_bytes_min) return bytes.status();
    // Readers learn of it before it is done: who finds nothing at its place then knows why.
    watermarks_->Trim(at, *mark);
  }
  return Remove(at, range.first, *mark);
}

absl::StatusOr<uint64_t> Retention::TooOld(const TopicPartition& at,
                                           const Watermarks::Range& range) {
  const log::Topic& topic = log::Topics()[at.topic];
  std::string buffer;
  const absl::StatusOr<StoredRecord> newest = storage_->Read(at, range.end - 1, buffer);
  if (!newest.ok()) return newest.status();
  const uint64_t bytes_end = newest->bytes_before + newest->bytes();
  const uint64_t bytes_max = options_.topic_bytes_max / storage_->partitions(at.topic);
  const absl::Time young =
      clock_->Now() -
      (topic.archive ? topic.retention : options_.age_max.value_or(topic.retention));
  return FirstToStay(*storage_, at, range.first, range.end, [&](const StoredRecord& record) {
    return record.appended >= young && bytes_end - record.bytes_before <= bytes_max;
  });
}

absl::StatusOr<uint64_t> Retention::BytesBetween(const TopicPartition& at, uint64_t first,
                                                 uint64_t end) {
  std::string buffer;
  const absl::StatusOr<StoredRecord> oldest = storage_->Read(at, first, buffer);
  if (!oldest.ok()) return oldest.status();
  const uint64_t bytes_first = oldest->bytes_before;
  const absl::StatusOr<StoredRecord> newest = storage_->Read(at, end - 1, buffer);
  if (!newest.ok()) return newest.status();
  return newest->bytes_before + newest->bytes() - bytes_first;
}

absl::Status Retention::TrimTo(const TopicPartition& at, uint64_t first) {
  if (absl::Status status = committer_->Sync(); !status.ok()) return status;
  const Watermarks::Range range = watermarks_->range(at, Watermarks::View::kDurable);
  first = std::min(first, range.end);
  if (first <= range.first) return absl::OkStatus();
  watermarks_->Trim(at, first);
  return Remove(at, range.first, first);
}

absl::Status Retention::Remove(const TopicPartition& at, uint64_t old_first, uint64_t first) {
  std::string buffer;
  const absl::StatusOr<StoredRecord> before = storage_->Read(at, first - 1, buffer);
  if (!before.ok()) return before.status();
  state::v1::EmbeddedPartitionStart start;
  start.set_first_offset(first);
  start.set_appended_micros(absl::ToUnixMicros(before->appended));
  start.set_bytes_before(before->bytes_before + before->bytes());
  const RecordKey from = EncodeRecordKey({at.partition, old_first});
  const RecordKey to = EncodeRecordKey({at.partition, first});
  rocksdb::WriteBatch batch;
  (void)batch.Put(storage_->meta(), Storage::StartKey(at), start.SerializeAsString());
  (void)batch.DeleteRange(storage_->topic(at.topic), {from.data(), from.size()},
                          {to.data(), to.size()});
  if (absl::Status status = committer_->Write(batch, {}); !status.ok()) return status;
  // Files go at once and for good: a power cut must not bring back a start whose records are gone.
  if (absl::Status status = committer_->Sync(); !status.ok()) return status;
  return FreeSpace(at, first);
}

// Whole files first, which costs nothing; then a compaction of what is left of the range: files are
// shared with other partitions.
absl::Status Retention::FreeSpace(const TopicPartition& at, uint64_t first) {
  const RecordKey from = EncodeRecordKey({at.partition, 0});
  const RecordKey to = EncodeRecordKey({at.partition, first});
  const rocksdb::Slice begin(from.data(), from.size());
  const rocksdb::Slice end(to.data(), to.size());
  rocksdb::DB& db = storage_->db();
  const std::string doing = fmt::format("removing old records from {}", storage_->directory());
  const rocksdb::Status deleted =
      rocksdb::DeleteFilesInRange(&db, storage_->topic(at.topic), &begin, &end, false);
  if (!deleted.ok()) return storage_->health().Check(deleted, doing);
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  return storage_->health().Check(db.CompactRange(options, storage_->topic(at.topic), &begin, &end),
                                  doing);
}

}  // namespace sluice::embedded
