#include "services/feed/feed_store.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "pipeline/base/strings.h"
#include "sluice/state/v1/feed.pb.h"

namespace sluice::feed {
namespace {

ItemIndex::Entry EntryOf(const EncodedItem& item) {
  return {.offset = item.offset,
          .appended_micros = absl::ToUnixMicros(item.appended),
          .id_prefix = item.id_prefix,
          .bytes = item.item_bytes().size()};
}

absl::Status Foreign(const Cursor& cursor) {
  return absl::FailedPreconditionError(
      fmt::format("the cursor is not of this feed: there is another item at its place; the log was "
                  "replaced since, or the cursor is another server's. Start from its time instead: "
                  "--from {}",
                  cursor.time));
}

absl::Status BeyondEnd(const Cursor& cursor) {
  return absl::UnavailableError(fmt::format(
      "the cursor is beyond the end of this replica, which has yet to read the item of "
      "{}. Where it does not come, the log was replaced or restored since: start from a time",
      cursor.time));
}

// The store checks its own checksums and the table's version, and only items that could be encoded
// were put there: a row that cannot be read is ours to die of.
[[noreturn]] void DieOfRow(std::string_view what) {
  fmt::print(stderr,
             "feed: table items has a row that cannot be read ({}); remove the replica's state "
             "directory and it will be read again from the log\n",
             what);
  std::abort();
}

FeedStore::Raw ReadRow(std::string_view key, std::string_view value) {
  state::v1::FeedRow row;
  if (key.size() != 16 || !row.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    DieOfRow("its form");
  }
  return {.entry = {.offset = RowKeyOffset(key),
                    .appended_micros = absl::ToUnixMicros(log::ExpiringKeyTime(key)),
                    .id_prefix = row.id_prefix(),
                    .bytes = row.item().size()},
          .bytes = std::move(*row.mutable_item())};
}

ItemPtr EncodeRow(const FeedStore::Raw& raw) {
  auto item = EncodeItem(raw.entry.offset, raw.entry.appended(), raw.bytes);
  if (!item.ok()) DieOfRow(base::ToStd(item.status().message()));
  return *std::move(item);
}

}  // namespace

void FeedStore::LoadRow(std::string_view key, std::string_view value) {
  Raw raw = ReadRow(key, value);
  absl::MutexLock lock(&mutex_);
  index_.Push(raw.entry);
  ring_bytes_ += raw.bytes.size();
  loaded_.push_back(std::move(raw));
  while (loaded_.size() > 1 && ring_bytes_ > options_.ring_bytes_max) {
    ring_bytes_ -= loaded_.front().bytes.size();
    loaded_.pop_front();
  }
}

void FeedStore::LoadTrimmed(const ItemIndex::Entry& through) {
  absl::MutexLock lock(&mutex_);
  trimmed_ = through;
}

void FeedStore::Open(const log::State& state) {
  tables_.Open(state);
  absl::flat_hash_map<Waiter*, std::shared_ptr<Waiter>> woken;
  {
    absl::MutexLock lock(&mutex_);
    ring_bytes_ = 0;
    for (const Raw& raw : loaded_) PushRing(EncodeRow(raw));
    loaded_.clear();
    open_ = true;
    woken.swap(waiters_);
  }
  for (const auto& [key, waiter] : woken) waiter->Wake();
}

void FeedStore::Close() {
  tables_.Close();
  absl::MutexLock lock(&mutex_);
  open_ = false;
  index_.Clear();
  loaded_.clear();
  ring_.clear();
  ring_bytes_ = 0;
  trimmed_.reset();
}

void FeedStore::PushRing(ItemPtr item) {
  ring_bytes_ += item->frame.size();
  ring_.push_back(std::move(item));
  while (ring_.size() > 1 && ring_bytes_ > options_.ring_bytes_max) {
    ring_bytes_ -= ring_.front()->frame.size();
    ring_.pop_front();
  }
}

std::optional<ItemIndex::Entry> FeedStore::Excess(const ItemIndex::Bounds& bounds) const {
  absl::MutexLock lock(&mutex_);
  return index_.Excess(bounds);
}

void FeedStore::Publish(std::vector<ItemPtr> items,
                        std::optional<ItemIndex::Entry> trimmed_through) {
  absl::flat_hash_map<Waiter*, std::shared_ptr<Waiter>> woken;
  {
    absl::MutexLock lock(&mutex_);
    for (ItemPtr& item : items) {
      index_.Push(EntryOf(*item));
      PushRing(std::move(item));
    }
    if (trimmed_through) {
      trimmed_ = trimmed_through;
      index_.TrimThrough(trimmed_through->offset);
      while (!ring_.empty() && ring_.front()->offset <= trimmed_through->offset) {
        ring_bytes_ -= ring_.front()->frame.size();
        ring_.pop_front();
      }
    }
    woken.swap(waiters_);
  }
  for (const auto& [key, waiter] : woken) waiter->Wake();
}

absl::Status FeedStore::CheckOpen() const {
  if (open_) return absl::OkStatus();
  return absl::UnavailableError("the feed is starting and has not read its tables; try again");
}

absl::Status FeedStore::Gone() const {
  const std::string_view why = "the items that follow are older than what is kept (feed.retention)";
  if (index_.empty()) {
    return absl::OutOfRangeError(fmt::format("{}; start from the beginning", why));
  }
  const ItemIndex::Entry& oldest = index_.oldest();
  return absl::OutOfRangeError(fmt::format(
      "{}; the oldest valid cursor is {} of {}", why,
      Cursor::At(oldest.offset, oldest.id_prefix, oldest.appended()).Encode(), oldest.appended()));
}

// Nothing at `next` or behind it has been removed.
absl::Status FeedStore::CheckKept(uint64_t next) const {
  if (trimmed_) return trimmed_->offset < next ? absl::OkStatus() : Gone();
  // Without a known end of what was removed, the oldest row tells; 0 is the beginning, whatever it
  // is.
  return next == 0 || index_.empty() || index_.oldest().offset <= next ? absl::OkStatus() : Gone();
}

Position FeedStore::PositionAt(size_t index) const {
  if (index < index_.size()) {
    const ItemIndex::Entry& first = index_.at(index);
    return {first.offset, Cursor::At(first.offset, first.id_prefix, first.appended())};
  }
  const std::optional<ItemIndex::Entry> last =
      index_.empty() ? trimmed_ : std::optional(index_.newest());
  if (!last) return {};
  return {last->offset + 1, Cursor::After(last->offset, last->id_prefix, last->appended())};
}

absl::StatusOr<Position> FeedStore::Resume(std::string_view text) const {
  auto cursor = Cursor::Decode(text);
  if (!cursor.ok()) return cursor.status();
  absl::MutexLock lock(&mutex_);
  if (absl::Status status = CheckOpen(); !status.ok()) return status;
  if (*cursor == Cursor()) {
    if (trimmed_) return Gone();
    return PositionAt(0);
  }
  const bool after = cursor->kind == Cursor::Kind::kAfter;
  const uint64_t offset = cursor->item_offset();
  std::optional<ItemIndex::Entry> entry = index_.Find(offset);
  if (!entry && after && trimmed_ && trimmed_->offset == offset) entry = trimmed_;
  if (!entry) {
    if (index_.empty() ? !trimmed_ || offset > trimmed_->offset : offset > index_.newest().offset) {
      return BeyondEnd(*cursor);
    }
    if (index_.empty() || offset < index_.oldest().offset) return Gone();
    return Foreign(*cursor);
  }
  if (entry->id_prefix != cursor->id_prefix) return Foreign(*cursor);
  return Position{cursor->next_offset, *cursor};
}

absl::StatusOr<Position> FeedStore::Beginning() const {
  absl::MutexLock lock(&mutex_);
  if (absl::Status status = CheckOpen(); !status.ok()) return status;
  return PositionAt(0);
}

absl::StatusOr<Position> FeedStore::Now() const {
  absl::MutexLock lock(&mutex_);
  if (absl::Status status = CheckOpen(); !status.ok()) return status;
  return PositionAt(index_.size());
}

absl::StatusOr<Position> FeedStore::From(absl::Time time) const {
  absl::MutexLock lock(&mutex_);
  if (absl::Status status = CheckOpen(); !status.ok()) return status;
  return PositionAt(index_.FromTime(time));
}

bool FeedStore::Wait(uint64_t next, std::shared_ptr<Waiter> waiter) {
  absl::MutexLock lock(&mutex_);
  if (open_ && !index_.empty() && index_.newest().offset >= next) return false;
  Waiter* const key = waiter.get();
  waiters_.insert_or_assign(key, std::move(waiter));
  return true;
}

void FeedStore::Forget(Waiter* waiter) {
  absl::MutexLock lock(&mutex_);
  waiters_.erase(waiter);
}

FeedStore::Extent FeedStore::extent() const {
  absl::MutexLock lock(&mutex_);
  Extent extent{.items = index_.size(), .bytes = index_.bytes(), .oldest = {}, .newest = {}};
  if (!index_.empty()) {
    extent.oldest = index_.oldest();
    extent.newest = index_.newest();
  }
  return extent;
}

absl::StatusOr<std::vector<ItemPtr>> FeedStore::Fetch(
    const std::vector<ItemIndex::Entry>& entries) const {
  std::vector<ItemPtr> items;
  if (entries.empty()) return items;
  absl::Status scanned =
      tables_.Scan(kItems, entries.front().RowKey(), entries.back().RowKey() + std::string(1, '\0'),
                   [&](std::string_view key, std::string_view value) {
                     items.push_back(EncodeRow(ReadRow(key, value)));
                   });
  if (!scanned.ok()) return scanned;
  if (items.size() != entries.size()) {
    // Retention came between the look into the index and the scan.
    absl::MutexLock lock(&mutex_);
    return Gone();
  }
  return items;
}

}  // namespace sluice::feed
