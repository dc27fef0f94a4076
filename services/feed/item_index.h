#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace sluice::feed {

// Where each row of a table keyed by (log time, offset) stands: 32 bytes a row in memory, so that a
// page of rows is one bounded scan, a time is found by search, and a cursor is checked without a
// read. Offsets rise and times never fall. One thread at a time.
class ItemIndex {
 public:
  struct Entry {
    uint64_t offset = 0;
    int64_t appended_micros = 0;
    uint64_t id_prefix = 0;
    uint64_t bytes = 0;

    absl::Time appended() const { return absl::FromUnixMicros(appended_micros); }
    std::string RowKey() const;  // In the table.
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  // Behind all that are there; of two with one offset the first stands.
  void Push(const Entry& entry);
  // Removes the oldest entries up to and including `offset`.
  void TrimThrough(uint64_t offset);
  void Clear();

  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  uint64_t bytes() const { return bytes_; }
  const Entry& oldest() const { return entries_.front(); }
  const Entry& newest() const { return entries_.back(); }
  const Entry& at(size_t position) const { return entries_[position]; }

  // Position of the first entry with at least this offset, or time; size(): there is none.
  size_t FromOffset(uint64_t offset) const;
  size_t FromTime(absl::Time time) const;
  std::optional<Entry> Find(uint64_t offset) const;

  // How much may stay.
  struct Bounds {
    absl::Time cutoff;  // Older rows go.
    uint64_t bytes_max = 0;
    size_t rows_max = SIZE_MAX;
  };
  // The newest row that is over a bound; it, all of its time and all before may go. Rows of one
  // time go together, since tables expire by time; the newest time of all always stays.
  std::optional<Entry> Excess(const Bounds& bounds) const;

  // Up to `entries_max` from offset `from` on, or the last ones below offset `below`, oldest first,
  // of `bytes_max` together, but always one.
  std::vector<Entry> Forward(uint64_t from, size_t entries_max, size_t bytes_max) const;
  std::vector<Entry> Backward(uint64_t below, size_t entries_max, size_t bytes_max) const;

 private:
  std::deque<Entry> entries_;
  uint64_t bytes_ = 0;
};

// Key of a row by (log time, offset), and the offset in it.
std::string RowKey(absl::Time appended, uint64_t offset);
uint64_t RowKeyOffset(std::string_view key);

}  // namespace sluice::feed
