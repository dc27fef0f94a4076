#include "services/feed/item_index.h"

#include <algorithm>

#include "pipeline/log/transaction.h"

namespace sluice::feed {

std::string RowKey(absl::Time appended, uint64_t offset) {
  std::string suffix;
  for (int shift = 56; shift >= 0; shift -= 8) suffix += static_cast<char>(offset >> shift);
  return log::ExpiringKey(appended, suffix);
}

uint64_t RowKeyOffset(std::string_view key) {
  uint64_t offset = 0;
  for (const char c : key.substr(8)) offset = offset << 8 | static_cast<uint8_t>(c);
  return offset;
}

std::string ItemIndex::Entry::RowKey() const { return feed::RowKey(appended(), offset); }

void ItemIndex::Push(const Entry& entry) {
  if (!entries_.empty() && entry.offset <= entries_.back().offset) return;
  entries_.push_back(entry);
  bytes_ += entry.bytes;
}

void ItemIndex::TrimThrough(uint64_t offset) {
  while (!entries_.empty() && entries_.front().offset <= offset) {
    bytes_ -= entries_.front().bytes;
    entries_.pop_front();
  }
}

void ItemIndex::Clear() {
  entries_.clear();
  bytes_ = 0;
}

size_t ItemIndex::FromOffset(uint64_t offset) const {
  const auto found =
      std::lower_bound(entries_.begin(), entries_.end(), offset,
                       [](const Entry& entry, uint64_t wanted) { return entry.offset < wanted; });
  return static_cast<size_t>(found - entries_.begin());
}

size_t ItemIndex::FromTime(absl::Time time) const {
  const auto found = std::lower_bound(
      entries_.begin(), entries_.end(), time,
      [](const Entry& entry, absl::Time wanted) { return entry.appended() < wanted; });
  return static_cast<size_t>(found - entries_.begin());
}

std::optional<ItemIndex::Entry> ItemIndex::Find(uint64_t offset) const {
  const size_t position = FromOffset(offset);
  if (position == size() || at(position).offset != offset) return std::nullopt;
  return at(position);
}

std::optional<ItemIndex::Entry> ItemIndex::Excess(const Bounds& bounds) const {
  if (empty()) return std::nullopt;
  const int64_t last_time = newest().appended_micros;
  std::optional<Entry> excess;
  uint64_t bytes = bytes_;
  for (size_t i = 0; at(i).appended_micros < last_time;) {
    const int64_t time = at(i).appended_micros;
    if (at(i).appended() >= bounds.cutoff && bytes <= bounds.bytes_max &&
        size() - i <= bounds.rows_max) {
      break;
    }
    for (; at(i).appended_micros == time; ++i) {
      bytes -= at(i).bytes;
      excess = at(i);
    }
  }
  return excess;
}

std::vector<ItemIndex::Entry> ItemIndex::Forward(uint64_t from, size_t entries_max,
                                                 size_t bytes_max) const {
  std::vector<Entry> found;
  size_t bytes = 0;
  for (size_t i = FromOffset(from); i < size() && found.size() < entries_max; ++i) {
    bytes += at(i).bytes;
    if (!found.empty() && bytes > bytes_max) break;
    found.push_back(at(i));
  }
  return found;
}

std::vector<ItemIndex::Entry> ItemIndex::Backward(uint64_t below, size_t entries_max,
                                                  size_t bytes_max) const {
  std::vector<Entry> found;
  size_t bytes = 0;
  for (size_t i = FromOffset(below); i > 0 && found.size() < entries_max; --i) {
    bytes += at(i - 1).bytes;
    if (!found.empty() && bytes > bytes_max) break;
    found.push_back(at(i - 1));
  }
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace sluice::feed
