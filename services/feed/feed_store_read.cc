// The reading half of FeedStore.

#include <algorithm>
#include <utility>

#include "pipeline/base/strings.h"
#include "services/feed/feed_store.h"
#include "sluice/state/v1/feed.pb.h"

namespace sluice::feed {
namespace {

// Adds what passes of `items` until `bytes_max` is full. False: full before the end of `items`.
bool AddPassing(const std::vector<ItemPtr>& items, const Filter& filter, size_t bytes_max,
                std::vector<ItemPtr>& passed, size_t& bytes, Position& position) {
  for (const ItemPtr& item : items) {
    if (filter.Matches(item->facts)) {
      if (!passed.empty() && bytes + item->frame.size() > bytes_max) return false;
      bytes += item->frame.size();
      passed.push_back(item);
    }
    position = Position::After(*item);
  }
  return true;
}

}  // namespace

std::deque<ItemPtr>::const_iterator FeedStore::InRing(uint64_t offset) const {
  return std::lower_bound(
      ring_.begin(), ring_.end(), offset,
      [](const ItemPtr& item, uint64_t wanted) { return item->offset < wanted; });
}

absl::StatusOr<std::optional<std::vector<ItemPtr>>> FeedStore::Forward(uint64_t next,
                                                                       bool disk_allowed) {
  std::vector<ItemIndex::Entry> on_disk;
  {
    absl::MutexLock lock(&mutex_);
    if (!open_) return std::vector<ItemPtr>();
    if (absl::Status status = CheckKept(next); !status.ok()) return status;
    if (ring_.empty() || index_.newest().offset < next) return std::vector<ItemPtr>();
    const uint64_t ring_begin = ring_.front()->offset;
    on_disk = index_.Forward(next, options_.chunk_items_max, options_.chunk_bytes_max);
    std::erase_if(on_disk, [&](const auto& entry) { return entry.offset >= ring_begin; });
    if (on_disk.empty()) {
      const auto from = InRing(next);
      const auto left = static_cast<size_t>(ring_.end() - from);
      return std::vector<ItemPtr>(
          from, from + static_cast<ptrdiff_t>(std::min(left, options_.chunk_items_max)));
    }
  }
  if (!disk_allowed) return std::nullopt;
  auto items = Fetch(on_disk);
  if (!items.ok()) return items.status();
  return *std::move(items);
}

absl::StatusOr<Turn> FeedStore::Read(const Position& from, const Filter& filter, size_t bytes_max,
                                     bool disk_allowed) {
  const BatchCache::Key key{from.next, filter.fingerprint(), bytes_max};
  uint64_t head = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (absl::Status status = CheckKept(from.next); !status.ok()) return status;
    head = index_.empty() ? 0 : index_.newest().offset + 1;
  }
  if (BatchPtr shared = batches_.Find(key, head); shared != nullptr) {
    return Turn{Turn::Kind::kBatch, shared, shared->end};
  }
  std::vector<ItemPtr> passed;
  size_t bytes = 0;
  Position position = from;
  bool full = false;
  bool at_head = false;
  for (size_t scanned = 0; !full && !at_head && scanned < options_.scan_items_max;) {
    auto chunk = Forward(position.next, disk_allowed);
    if (!chunk.ok()) return chunk.status();
    if (!chunk->has_value()) {
      if (passed.empty()) return Turn{Turn::Kind::kDisk, nullptr, position};
      full = true;  // What was found goes out first.
      break;
    }
    at_head = (*chunk)->empty();
    scanned += (*chunk)->size();
    full = !AddPassing(**chunk, filter, bytes_max, passed, bytes, position);
  }
  if (passed.empty()) {
    return Turn{at_head ? Turn::Kind::kAtHead : Turn::Kind::kScanned, nullptr, position};
  }
  BatchPtr batch = BuildBatch(passed, position);
  batches_.Put(key, full, batch);
  return Turn{Turn::Kind::kBatch, batch, batch->end};
}

absl::StatusOr<FeedStore::Page> FeedStore::List(const Filter& filter, size_t items_max,
                                                size_t bytes_max, std::string_view token) {
  uint64_t below = UINT64_MAX;
  if (!token.empty()) {
    auto position = Resume(token);
    if (!position.ok()) return position.status();
    below = position->cursor.item_offset();
  }
  Page page;
  std::optional<Cursor> last;
  size_t bytes = 0;
  bool full = false;
  for (size_t scanned = 0; !full && scanned < options_.scan_items_max;) {
    std::vector<ItemIndex::Entry> entries;
    std::vector<ItemPtr> items;
    {
      absl::MutexLock lock(&mutex_);
      if (absl::Status status = CheckOpen(); !status.ok()) return status;
      entries = index_.Backward(below, options_.chunk_items_max, options_.chunk_bytes_max);
      if (entries.empty()) return page;
      for (auto item = InRing(entries.front().offset);
           item != ring_.end() && (*item)->offset < below; ++item) {
        items.push_back(*item);
      }
    }
    entries.resize(entries.size() - items.size());
    auto older = Fetch(entries);
    if (!older.ok()) return older.status();
    items.insert(items.begin(), older->begin(), older->end());
    scanned += items.size();
    for (auto item = items.rbegin(); item != items.rend(); ++item) {
      if (full) break;
      if (filter.Matches((*item)->facts)) {
        bytes += (*item)->frame.size();
        if (!page.items.empty() && bytes > bytes_max) {
          full = true;
          break;
        }
        page.items.push_back(*item);
        full = page.items.size() == items_max;
      }
      below = (*item)->offset;
      last = (*item)->after();
    }
  }
  absl::MutexLock lock(&mutex_);
  if (last && !index_.empty() && index_.oldest().offset < below) page.next_token = last->Encode();
  return page;
}

absl::StatusOr<ItemPtr> FeedStore::Get(std::string_view id) {
  const Extent kept = extent();
  const auto unknown = [&] {
    return absl::NotFoundError(
        fmt::format("no article and no item has the id \"{}\", or it is older than what is kept "
                    "(since {})",
                    id.substr(0, 64),
                    kept.oldest ? fmt::format("{}", kept.oldest->appended()) : std::string("now")));
  };
  if (!kept.oldest) {
    absl::MutexLock lock(&mutex_);
    if (absl::Status status = CheckOpen(); !status.ok()) return status;
    return unknown();
  }
  std::string key(id);
  // At most two steps: from an item to its article, from the article to its newest event.
  for (int step = 0; step < 2; ++step) {
    auto value = GetNewest(tables_, kIds, key, kept.newest->appended(), kept.oldest->appended());
    if (!value.ok()) return value.status();
    if (!value->has_value()) return unknown();
    state::v1::FeedIdRow row;
    if (!row.ParseFromString(**value)) return absl::DataLossError("table ids has a broken row");
    if (!row.article_id().empty()) {
      key = row.article_id();
      continue;
    }
    auto items = Fetch({{.offset = row.offset(),
                         .appended_micros = row.appended_micros(),
                         .id_prefix = 0,
                         .bytes = 0}});
    if (items.ok()) return items->front();
    return absl::IsOutOfRange(items.status()) ? unknown() : items.status();
  }
  return unknown();
}

}  // namespace sluice::feed
