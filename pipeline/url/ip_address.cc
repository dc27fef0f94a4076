#include "pipeline/url/ip_address.h"

#include <fmt/format.h>

namespace sluice::url {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<uint32_t> ParseDottedQuad(std::string_view text) {
  uint32_t bits = 0;
  for (int part = 0; part < 4; ++part) {
    size_t length = 0;
    uint32_t value = 0;
    while (length < text.size() && IsDigit(text[length])) {
      if (length == 3 || (length == 1 && text[0] == '0')) return std::nullopt;
      value = value * 10 + static_cast<uint32_t>(text[length] - '0');
      ++length;
    }
    if (length == 0 || value > 255) return std::nullopt;
    bits = bits << 8 | value;
    text.remove_prefix(length);
    if (part == 3) break;
    if (text.empty() || text[0] != '.') return std::nullopt;
    text.remove_prefix(1);
  }
  return text.empty() ? std::optional(bits) : std::nullopt;
}

using Pieces = std::array<uint16_t, 8>;

// Reads the pieces up to the end; "::" is noted in `compress` (the index of the piece it stands
// before).
std::optional<int> ReadPieces(std::string_view text, Pieces& pieces, int& compress) {
  int count = 0;
  if (text.starts_with(':')) {
    if (!text.starts_with("::")) return std::nullopt;
    text.remove_prefix(2);
    compress = 0;
  }
  while (!text.empty()) {
    if (count == 8) return std::nullopt;
    if (text[0] == ':') {
      if (compress >= 0) return std::nullopt;
      compress = count;
      text.remove_prefix(1);
      continue;
    }
    uint32_t value = 0;
    size_t length = 0;
    for (; length < 4 && length < text.size() && HexDigit(text[length]) >= 0; ++length) {
      value = value * 16 + static_cast<uint32_t>(HexDigit(text[length]));
    }
    if (length < text.size() && text[length] == '.') {
      const auto quad = ParseDottedQuad(text);
      if (!quad || count > 6) return std::nullopt;
      pieces[static_cast<size_t>(count++)] = static_cast<uint16_t>(*quad >> 16);
      pieces[static_cast<size_t>(count++)] = static_cast<uint16_t>(*quad & 0xFFFF);
      return count;
    }
    if (length == 0) return std::nullopt;
    pieces[static_cast<size_t>(count++)] = static_cast<uint16_t>(value);
    text.remove_prefix(length);
    if (text.empty()) break;
    if (text[0] != ':' || text.size() == 1) return std::nullopt;
    text.remove_prefix(1);
  }
  return count;
}

std::optional<std::array<uint8_t, 16>> ParseV6(std::string_view text) {
  Pieces pieces{};
  int compress = -1;
  const auto count = ReadPieces(text, pieces, compress);
  if (!count) return std::nullopt;
  if (compress < 0 ? *count != 8 : *count == 8) return std::nullopt;
  std::array<uint8_t, 16> bytes{};
  const int gap = 8 - *count;
  for (int i = 0; i < *count; ++i) {
    const auto to = static_cast<size_t>(compress >= 0 && i >= compress ? i + gap : i);
    bytes[2 * to] = static_cast<uint8_t>(pieces[static_cast<size_t>(i)] >> 8);
    bytes[2 * to + 1] = static_cast<uint8_t>(pieces[static_cast<size_t>(i)] & 0xFF);
  }
  return bytes;
}

std::string SerializeV6(const std::array<uint8_t, 16>& bytes) {
  Pieces pieces{};
  for (size_t i = 0; i < 8; ++i) {
    pieces[i] = static_cast<uint16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  }
  size_t best = 8;
  size_t best_length = 1;
  for (size_t i = 0; i < 8;) {
    size_t end = i;
    while (end < 8 && pieces[end] == 0) ++end;
    if (end - i > best_length) {
      best = i;
      best_length = end - i;
    }
    i = end + 1;
  }
  std::string out;
  for (size_t i = 0; i < 8; ++i) {
    if (i == best) {
      out += i == 0 ? "::" : ":";
      i += best_length - 1;
      continue;
    }
    out += fmt::format("{:x}", pieces[i]);
    if (i != 7) out += ':';
  }
  return out;
}

}  // namespace

IpAddress IpAddress::V4(uint32_t bits) {
  IpAddress address;
  for (size_t i = 0; i < 4; ++i) address.bytes_[i] = static_cast<uint8_t>(bits >> (24 - 8 * i));
  return address;
}

IpAddress IpAddress::V6(const std::array<uint8_t, 16>& bytes) {
  IpAddress address;
  address.family_ = Family::kV6;
  address.bytes_ = bytes;
  return address;
}

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  if (const auto quad = ParseDottedQuad(text)) return V4(*quad);
  if (const auto bytes = ParseV6(text)) return V6(*bytes);
  return std::nullopt;
}

uint32_t IpAddress::v4_bits() const {
  return static_cast<uint32_t>(bytes_[0]) << 24 | static_cast<uint32_t>(bytes_[1]) << 16 |
         static_cast<uint32_t>(bytes_[2]) << 8 | bytes_[3];
}

bool IpAddress::InPrefix(const IpAddress& prefix, int length) const {
  if (family_ != prefix.family_) return false;
  const auto whole = static_cast<size_t>(length / 8);
  for (size_t i = 0; i < whole; ++i) {
    if (bytes_[i] != prefix.bytes_[i]) return false;
  }
  const int rest = length % 8;
  return rest == 0 || (bytes_[whole] ^ prefix.bytes_[whole]) >> (8 - rest) == 0;
}

std::string IpAddress::ToString() const {
  if (family_ == Family::kV4) {
    return fmt::format("{}.{}.{}.{}", bytes_[0], bytes_[1], bytes_[2], bytes_[3]);
  }
  return SerializeV6(bytes_);
}

}  // namespace sluice::url
