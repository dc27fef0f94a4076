#include "services/feed/cursor.h"

#include "absl/strings/escaping.h"
#include "pipeline/base/hash.h"
#include "pipeline/base/strings.h"

namespace sluice::feed {
namespace {

constexpr char kVersion = 1;
constexpr size_t kBytes = 30;
constexpr size_t kCheckedBytes = 26;
constexpr uint64_t kCheckSeed =
    0x736c75696365;  // Any fixed number; it keeps accidents out, not attackers.

void AppendBigEndian(uint64_t value, std::string& bytes) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
}

uint64_t ReadBigEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char c : bytes.substr(0, 8)) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

std::string Check(std::string_view checked) {
  const uint64_t hash = base::HashBytes64(checked, kCheckSeed);
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(hash >> shift);
  return bytes;
}

}  // namespace

Cursor Cursor::After(uint64_t offset, uint64_t id_prefix, absl::Time time) {
  return {.kind = Kind::kAfter, .next_offset = offset + 1, .id_prefix = id_prefix, .time = time};
}

Cursor Cursor::At(uint64_t offset, uint64_t id_prefix, absl::Time time) {
  return {.kind = Kind::kAt, .next_offset = offset, .id_prefix = id_prefix, .time = time};
}

std::string Cursor::Encode() const {
  std::string bytes;
  bytes.reserve(kBytes);
  bytes += kVersion;
  bytes += static_cast<char>(kind);
  AppendBigEndian(next_offset, bytes);
  AppendBigEndian(id_prefix, bytes);
  AppendBigEndian(static_cast<uint64_t>(absl::ToUnixMicros(time)), bytes);
  bytes += Check(bytes);
  return absl::WebSafeBase64Escape(base::ToAbsl(bytes));
}

absl::StatusOr<Cursor> Cursor::Decode(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return absl::InvalidArgumentError(
        fmt::format("\"{}\" is not a cursor: {}; pass one on as it was received, or start from a "
                    "time or from the beginning",
                    text.substr(0, 60), why));
  };
  std::string bytes;
  if (text.size() > 60 || !absl::WebSafeBase64Unescape(base::ToAbsl(text), &bytes) ||
      bytes.size() != kBytes) {
    return refuse("it has another form");
  }
  const std::string_view all(bytes);
  if (Check(all.substr(0, kCheckedBytes)) != all.substr(kCheckedBytes)) {
    return refuse("it was altered");
  }
  if (all[0] != kVersion) return refuse("it is of another version of Sluice");
  Cursor cursor{.kind = static_cast<Kind>(all[1]),
                .next_offset = ReadBigEndian(all.substr(2)),
                .id_prefix = ReadBigEndian(all.substr(10)),
                .time = absl::FromUnixMicros(static_cast<int64_t>(ReadBigEndian(all.substr(18))))};
  const bool after = cursor.kind == Kind::kAfter && cursor.next_offset > 0;
  if (!after && cursor.kind != Kind::kAt) return refuse("it was altered");
  // A second spelling of the same bytes would pass unnoticed otherwise.
  if (cursor.Encode() != text) return refuse("it was altered");
  return cursor;
}

uint64_t IdPrefix(std::string_view id) {
  uint64_t value = 0;
  for (const char c : id.substr(0, 16)) {
    if (c >= '0' && c <= '9') {
      value = value << 4 | static_cast<uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = value << 4 | static_cast<uint64_t>(c - 'a' + 10);
    } else {
      return base::HashBytes64(id);
    }
  }
  return value;
}

}  // namespace sluice::feed
