#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace sluice::feed {

// A place in the feed, as clients keep it: an opaque text, equal on all replicas of one log. It
// names an item by its offset and proves it by its id, so that a cursor of another feed, or of this
// one before its log was thrown away, is recognised rather than followed to somewhere else.
struct Cursor {
  enum class Kind : uint8_t {
    kAfter = 1,  // The item is the last one seen: go on behind it.
    kAt = 2,     // The item is the first one wanted. Without id: the feed's beginning.
  };

  Kind kind = Kind::kAt;
  uint64_t next_offset = 0;             // Of the item, plus one where it is kAfter.
  uint64_t id_prefix = 0;               // First 8 bytes of the item's id.
  absl::Time time = absl::UnixEpoch();  // When the log got the item.

  static Cursor After(uint64_t offset, uint64_t id_prefix, absl::Time time);
  static Cursor At(uint64_t offset, uint64_t id_prefix, absl::Time time);

  uint64_t item_offset() const { return kind == Kind::kAfter ? next_offset - 1 : next_offset; }

  // 40 characters of base64url: version, kind, next offset, id, time in microseconds, checksum.
  std::string Encode() const;
  // kInvalidArgument: not a cursor, or one that was altered; the message shows it, shortened.
  static absl::StatusOr<Cursor> Decode(std::string_view text);

  friend bool operator==(const Cursor&, const Cursor&) = default;
};

// The 8 bytes that stand for an item's id (32 hex digits) in a cursor.
uint64_t IdPrefix(std::string_view id);

}  // namespace sluice::feed
