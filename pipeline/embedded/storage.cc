#include "pipeline/embedded/storage.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/base/internal/endian.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "pipeline/state/rocksdb_options.h"
#include "sluice/state/v1/embedded_log.pb.h"

namespace sluice::embedded {
namespace {

constexpr uint32_t kFormatVersion = 1;
constexpr std::string_view kFormatKey = "format";
constexpr std::string_view kPositionKind = "position";

rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }

std::string MetaKey(std::string_view kind, std::string_view rest) {
  std::string key(kind);
  key.push_back('\0');
  key += rest;
  return key;
}

// Pages are large and compressed already: they lie in files of their own, which compactions need
// not copy.
rocksdb::ColumnFamilyOptions TopicOptions(const log::Topic& topic, const state::Memory& memory) {
  rocksdb::ColumnFamilyOptions options = state::SequenceOptions(memory, topic.compressed);
  if (!topic.compressed) {
    options.enable_blob_files = true;
    options.min_blob_size = 2 << 10;
    options.blob_file_size = 64 << 20;
  }
  return options;
}

// Notes failures of flushes and compactions, which no caller is told of.
class BackgroundFailures final : public rocksdb::EventListener {
 public:
  BackgroundFailures(state::Health& health, std::string directory)
      : health_(&health), directory_(std::move(directory)) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/,
                         rocksdb::Status* error) override {
    (void)health_->Check(*error, "writing " + directory_);  // Everyone asks before the next step.
  }

 private:
  state::Health* health_;  // Not owned.
  const std::string directory_;
};

}  // namespace

std::optional<size_t> TopicIndex(std::string_view name) {
  const log::Topic* topic = log::FindTopic(name);
  if (topic == nullptr) return std::nullopt;
  return static_cast<size_t>(topic - log::Topics().data());
}

absl::StatusOr<std::unique_ptr<Storage>> Storage::Open(const std::string& directory,
                                                       log::Partition keyed_partitions,
                                                       const state::Memory& memory,
                                                       rocksdb::Env* env) {
  absl::StatusOr<state::DirectoryLock> lock = state::DirectoryLock::Acquire(directory);
  if (!lock.ok()) return lock.status();
  std::unique_ptr<Storage> storage(new Storage(directory, keyed_partitions, *std::move(lock)));
  if (absl::Status status = storage->OpenDatabase(memory, env); !status.ok()) return status;
  if (absl::Status status = storage->CheckFormat(); !status.ok()) return status;
  for (size_t topic = 0; topic < log::Topics().size(); ++topic) {
    std::vector<Start>& partitions = storage->starts_.emplace_back();
    for (log::Partition p = 0; p < storage->partitions(topic); ++p) {
      absl::StatusOr<Start> start = storage->FindStart({topic, p});
      if (!start.ok()) return start.status();
      partitions.push_back(*start);
    }
  }
  return storage;
}

Storage::Storage(std::string directory, log::Partition keyed_partitions, state::DirectoryLock lock)
    : directory_(std::move(directory)),
      keyed_partitions_(keyed_partitions),
      lock_(std::move(lock)) {}

Storage::~Storage() {
  for (rocksdb::ColumnFamilyHandle* family : families_)
    (void)db_->DestroyColumnFamilyHandle(family);
  if (db_ != nullptr) (void)db_->Close();
}

absl::Status Storage::OpenDatabase(const state::Memory& memory, rocksdb::Env* env) {
  rocksdb::DBOptions options = state::DatabaseOptions(memory, env);
  options.listeners.push_back(std::make_shared<BackgroundFailures>(health_, directory_));
  std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, state::RowOptions(memory)},
      {"rows.keyed", state::RowOptions(memory)},
      {"rows.expiring", state::SequenceOptions(memory, true)},
  };
  for (const log::Topic& topic : log::Topics()) {
    families.emplace_back(fmt::format("topic.{}", topic.name), TopicOptions(topic, memory));
  }
  const std::string path = directory_ + "/rocksdb";
  if (absl::Status status = MakeDirectory(path, *options.env); !status.ok()) return status;
  // Families of a newer or older program must be opened too; they are left alone.
  std::vector<std::string> present;
  if (rocksdb::DB::ListColumnFamilies(options, path, &present).ok()) {
    for (const std::string& name : present) {
      if (std::ranges::find(families, name, &rocksdb::ColumnFamilyDescriptor::name) ==
          families.end()) {
        families.emplace_back(name, state::RowOptions(memory));
      }
    }
  }
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened = numbers_.Open(options, path, families, &families_, &db);
  db_.reset(db);
  if (!opened.ok()) return health_.Check(opened, Doing("opening"));
  topics_.assign(families_.begin() + 3,
                 families_.begin() + 3 + static_cast<ptrdiff_t>(log::Topics().size()));
  return absl::OkStatus();
}

// RocksDB keeps the names in its directory, not the one that its directory has: a power cut could
// take all.
absl::Status Storage::MakeDirectory(const std::string& path, rocksdb::Env& env) {
  rocksdb::Status status = env.CreateDirIfMissing(path);
  std::unique_ptr<rocksdb::Directory> above;
  if (status.ok()) status = env.NewDirectory(directory_, &above);
  if (status.ok()) status = above->Fsync();
  return health_.Check(status, fmt::format("making {}", path));
}

absl::Status Storage::CheckFormat() {
  state::v1::EmbeddedLogFormat format;
  const absl::StatusOr<bool> found = ReadMeta(kFormatKey, format);
  if (!found.ok()) return found.status();
  if (!*found) {
    format.set_version(kFormatVersion);
    format.set_keyed_partitions(keyed_partitions_);
    rocksdb::WriteOptions options;
    options.sync = true;
    rocksdb::WriteBatch batch;
    (void)batch.Put(meta(), ToSlice(kFormatKey), format.SerializeAsString());
    return health_.Check(numbers_.Write(options, batch), Doing("writing"));
  }
  if (format.version() != kFormatVersion) {
    return absl::FailedPreconditionError(fmt::format(
        "{} is of format {}, this program knows {}: use the program that made it, or another "
        "directory",
        directory_, format.version(), kFormatVersion));
  }
  if (format.keyed_partitions() != keyed_partitions_) {
    return absl::FailedPreconditionError(fmt::format(
        "{} was made with {} partitions and is opened with {}: set it back to {}, or use "
        "another directory",
        directory_, format.keyed_partitions(), keyed_partitions_, format.keyed_partitions()));
  }
  return absl::OkStatus();
}

absl::StatusOr<Storage::Start> Storage::FindStart(const TopicPartition& at) {
  state::v1::EmbeddedPartitionStart stored;
  const absl::StatusOr<bool> found = ReadMeta(StartKey(at), stored);
  if (!found.ok()) return found.status();
  Start start;
  start.first = start.tail.end = stored.first_offset();
  start.tail.bytes = stored.bytes_before();
  if (*found) start.tail.appended = absl::FromUnixMicros(stored.appended_micros());

  const RecordKey first = EncodeRecordKey({at.partition, start.first});
  const RecordKey last = EncodeRecordKey({at.partition, std::numeric_limits<uint64_t>::max()});
  const rocksdb::Slice bound(first.data(), first.size());
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> record(db_->NewIterator(options, topics_[at.topic]));
  record->SeekForPrev({last.data(), last.size()});
  if (!record->status().ok()) return health_.Check(record->status(), Doing("reading"));
  if (!record->Valid()) return start;
  const auto id = DecodeRecordKey({record->key().data(), record->key().size()});
  const auto value = DecodeRecord({record->value().data(), record->value().size()});
  if (!id.has_value() || !value.has_value() || id->partition != at.partition) {
    return health_.Fail(fmt::format("{}: the last record of {}.{} is damaged", Doing("reading"),
                                    log::Topics()[at.topic].name, at.partition));
  }
  start.tail = {.end = id->offset + 1,
                .bytes = value->bytes_before + value->bytes(),
                .appended = value->appended};
  return start;
}

log::Partition Storage::partitions(size_t topic) const {
  return log::Topics()[topic].keyed ? keyed_partitions_ : 1;
}

absl::StatusOr<StoredRecord> Storage::Read(const TopicPartition& at, uint64_t offset,
                                           std::string& buffer) {
  const RecordKey key = EncodeRecordKey({at.partition, offset});
  const rocksdb::Status read =
      db_->Get({}, topics_[at.topic], rocksdb::Slice(key.data(), key.size()), &buffer);
  const auto name = [&] {
    return fmt::format("record {} of {}.{}", offset, log::Topics()[at.topic].name, at.partition);
  };
  if (read.IsNotFound()) return absl::NotFoundError(name() + " is not there");
  if (!read.ok()) return health_.Check(read, Doing("reading"));
  const std::optional<StoredRecord> record = DecodeRecord(buffer);
  if (!record.has_value()) return health_.Fail(Doing("reading") + ": " + name() + " is damaged");
  return *record;
}

absl::StatusOr<bool> Storage::ReadMeta(std::string_view key,
                                       google::protobuf::MessageLite& message) {
  std::string bytes;
  const rocksdb::Status read = db_->Get({}, meta(), ToSlice(key), &bytes);
  if (read.IsNotFound()) return false;
  if (!read.ok()) return health_.Check(read, Doing("reading"));
  if (!message.ParseFromString(bytes)) {
    return health_.Fail(
        fmt::format("{}: its {} is damaged", Doing("reading"), message.GetTypeName()));
  }
  return true;
}

absl::Status Storage::Write(rocksdb::WriteBatch& batch) {
  return health_.Check(numbers_.Write({}, batch), Doing("writing"));
}

std::string Storage::StartKey(const TopicPartition& at) {
  return MetaKey("start", fmt::format("{}.{}", log::Topics()[at.topic].name, at.partition));
}

std::string Storage::PositionKey(std::string_view shard) { return MetaKey(kPositionKind, shard); }

absl::StatusOr<std::vector<std::string>> Storage::ShardNames() {
  const std::string prefix = MetaKey(kPositionKind, "");
  std::vector<std::string> names;
  const std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator({}, meta()));
  for (row->Seek(prefix); row->Valid() && row->key().starts_with(prefix); row->Next()) {
    names.push_back(row->key().ToString().substr(prefix.size()));
  }
  if (!row->status().ok()) return health_.Check(row->status(), Doing("reading"));
  return names;
}

std::string Storage::Doing(std::string_view verb) const {
  return fmt::format("{} {}", verb, directory_);
}

}  // namespace sluice::embedded
