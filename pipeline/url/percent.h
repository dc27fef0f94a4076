#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::url {

// The bytes that a part of a URL must not carry as they are. (WHATWG URL §1.3)
using EncodeSet = std::array<bool, 256>;

constexpr EncodeSet With(EncodeSet set, std::string_view bytes) {
  for (const char byte : bytes) set[static_cast<unsigned char>(byte)] = true;
  return set;
}

inline constexpr EncodeSet kC0ControlSet = [] {
  EncodeSet set{};
  for (size_t byte = 0; byte < set.size(); ++byte) set[byte] = byte <= 0x1F || byte > 0x7E;
  return set;
}();
inline constexpr EncodeSet kFragmentSet = With(kC0ControlSet, " \"<>`");
inline constexpr EncodeSet kQuerySet = With(kC0ControlSet, " \"#<>");
inline constexpr EncodeSet kSpecialQuerySet =
    With(kQuerySet, "'");  // Of http, https, ws, wss, ftp and file.
inline constexpr EncodeSet kPathSet = With(kQuerySet, "?^`{}");
inline constexpr EncodeSet kUserinfoSet = With(kPathSet, "/:;=@[\\]|");

// Appends `text` to `out`; bytes of `set` become %XX, upper case.
void AppendPercentEncoded(std::string_view text, const EncodeSet& set, std::string& out);

// Every %XX as its byte; a '%' without two hex digits stays as it is.
std::string PercentDecode(std::string_view text);

// `text` in the one spelling that RFC 3986 §6.2.2 holds equal: hex digits in upper case, unreserved
// characters decoded.
std::string NormalizePercentEncoding(std::string_view text);

}  // namespace sluice::url
