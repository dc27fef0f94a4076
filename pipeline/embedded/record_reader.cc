#include "pipeline/embedded/record_reader.h"

#include <rocksdb/db.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"

namespace sluice::embedded {
namespace {

// A buffer that once grew is given back when a read needs less than this share of it.
constexpr size_t kArenaBytesKept = 1 << 20;

}  // namespace

// Walks one partition from its next record to the end that may be seen.
class RecordReader::Cursor {
 public:
  Cursor(size_t source, const Input& input, uint64_t end, Storage& storage)
      : source_(source),
        partition_(input.at.partition),
        upper_(EncodeRecordKey({input.at.partition, end})),
        bound_(upper_.data(), upper_.size()) {
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &bound_;
    options.fill_cache = false;  // Read once, in order.
    iterator_.reset(storage.db().NewIterator(options, storage.topic(input.at.topic)));
    const RecordKey key = EncodeRecordKey({input.at.partition, input.next});
    iterator_->Seek({key.data(), key.size()});
    Load();
  }

  size_t source() const { return source_; }
  const rocksdb::Iterator& iterator() const { return *iterator_; }
  // nullopt: at the end, or at what is no record.
  const std::optional<StoredRecord>& record() const { return record_; }
  uint64_t offset() const { return offset_; }
  void Next() {
    iterator_->Next();
    Load();
  }

 private:
  void Load() {
    record_.reset();
    if (!iterator_->Valid()) return;
    const auto id = DecodeRecordKey({iterator_->key().data(), iterator_->key().size()});
    if (!id.has_value() || id->partition != partition_) return;
    offset_ = id->offset;
    record_ = DecodeRecord({iterator_->value().data(), iterator_->value().size()});
  }

  const size_t source_;
  const log::Partition partition_;
  const RecordKey upper_;
  const rocksdb::Slice bound_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  uint64_t offset_ = 0;
  std::optional<StoredRecord> record_;
};

RecordReader::RecordReader(std::string reader, std::vector<Input> inputs, Watermarks::View view,
                           Storage& storage, const Watermarks& watermarks)
    : reader_(std::move(reader)),
      inputs_(std::move(inputs)),
      view_(view),
      storage_(&storage),
      watermarks_(&watermarks) {}

absl::StatusOr<std::vector<log::Record>> RecordReader::Read(const log::Limits& limits) {
  if (arena_.capacity() > kArenaBytesKept && arena_.size() < arena_.capacity() / 4) arena_ = {};
  arena_.clear();
  sources_.clear();
  std::vector<std::unique_ptr<Cursor>>
      cursors;  // Iterators refer to the bounds beside them: they do not move.
  std::vector<uint64_t> ends(inputs_.size());
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const Watermarks::Range range = watermarks_->range(inputs_[i].at, view_);
    if (inputs_[i].next < range.first) return Missing(inputs_[i]);
    ends[i] = range.end;
    if (inputs_[i].next < range.end) {
      cursors.push_back(std::make_unique<Cursor>(i, inputs_[i], range.end, *storage_));
    }
  }
  std::vector<log::Record> records;
  std::vector<std::pair<size_t, size_t>>
      sizes;  // Of keys and values: the arena moves until it is complete.
  while (!cursors.empty() && records.size() < std::max<size_t>(limits.records_max, 1)) {
    const auto lost = std::ranges::find_if(cursors, [this](const std::unique_ptr<Cursor>& cursor) {
      return !cursor->record().has_value() || cursor->offset() != inputs_[cursor->source()].next;
    });
    if (lost != cursors.end()) {
      if (records.empty()) return Lost(**lost);
      break;  // The next Read meets it first.
    }
    const auto oldest = std::ranges::min_element(
        cursors, {},
        [](const std::unique_ptr<Cursor>& cursor) { return cursor->record()->appended; });
    Cursor& cursor = **oldest;
    const StoredRecord& stored = *cursor.record();
    if (!records.empty() && arena_.size() + stored.bytes() > limits.bytes_max) break;
    Input& input = inputs_[cursor.source()];
    records.push_back({.topic = log::Topics()[input.at.topic].name,
                       .partition = input.at.partition,
                       .offset = cursor.offset(),
                       .appended = stored.appended,
                       .key = {},
                       .value = {}});
    sizes.emplace_back(stored.key.size(), stored.value.size());
    sources_.push_back(cursor.source());
    arena_.append(stored.key).append(stored.value);
    if (++input.next == ends[cursor.source()]) {
      cursors.erase(oldest);
    } else {
      cursor.Next();
    }
  }
  const char* place = arena_.data();
  for (size_t i = 0; i < records.size(); ++i) {
    records[i].key = {place, sizes[i].first};
    place += sizes[i].first;
    records[i].value = {place, sizes[i].second};
    place += sizes[i].second;
  }
  return records;
}

absl::Status RecordReader::Lost(const Cursor& cursor) const {
  const Input& input = inputs_[cursor.source()];
  const rocksdb::Status status = cursor.iterator().status();
  if (status.ok()) return Missing(input);
  return storage_->health().Check(
      status, fmt::format("reading {}: record {} of {}.{}", storage_->directory(), input.next,
                          log::Topics()[input.at.topic].name, input.at.partition));
}

absl::Status RecordReader::Missing(const Input& input) const {
  const std::string_view topic = log::Topics()[input.at.topic].name;
  const uint64_t first = watermarks_->range(input.at, view_).first;
  if (input.next < first) {
    return absl::OutOfRangeError(
        fmt::format("{} has read {}.{} up to offset {}, and retention has removed all below {}",
                    reader_, topic, input.at.partition, input.next, first));
  }
  return storage_->health().Fail(fmt::format("reading {}: record {} of {}.{} is missing or damaged",
                                             storage_->directory(), input.next, topic,
                                             input.at.partition));
}

}  // namespace sluice::embedded
