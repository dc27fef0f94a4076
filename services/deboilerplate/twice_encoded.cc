#include "services/deboilerplate/twice_encoded.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "pipeline/base/utf8.h"

namespace sluice::deboilerplate {
namespace {

constexpr std::string_view kQuoteBegin = "\u00E2\u20AC";  // Of E2 80 in windows-1252.

// What stands for the bytes 80 to 9F in windows-1252; empty: nothing.
constexpr std::array<std::string_view, 32> kWindows = {
    "\u20AC", "",       "\u201A", "\u0192", "\u201E", "\u2026", "\u2020", "\u2021",
    "\u02C6", "\u2030", "\u0160", "\u2039", "\u0152", "",       "\u017D", "",
    "",       "\u2018", "\u2019", "\u201C", "\u201D", "\u2022", "\u2013", "\u2014",
    "\u02DC", "\u2122", "\u0161", "\u203A", "\u0153", "",       "\u017E", "\u0178"};

// A sequence that was encoded twice, at the beginning of a text.
struct Found {
  std::array<char, 4> once;
  size_t once_bytes = 0;  // 0: there is none.
  size_t bytes = 0;       // As it stands.
  bool beyond_doubt = false;

  std::string_view text() const { return {once.data(), once_bytes}; }
};

// An apostrophe, a quote, a dash: the third character stands for a byte of either table.
Found FindQuote(std::string_view text) {
  const std::string_view rest = text.substr(kQuoteBegin.size());
  const auto take = [](uint8_t byte, size_t bytes) {
    return Found{{'\xE2', '\x80', static_cast<char>(byte)}, 3, kQuoteBegin.size() + bytes, true};
  };
  for (size_t i = 0; i < kWindows.size(); ++i) {
    if (!kWindows[i].empty() && rest.starts_with(kWindows[i]))
      return take(static_cast<uint8_t>(0x80 + i), kWindows[i].size());
  }
  if (rest.size() >= 2 && rest[0] == '\xC2') return take(static_cast<uint8_t>(rest[1]), 2);
  return {};
}

// Characters U+00C2 to U+00F4 and U+0080 to U+00BF are two bytes each, C3 and C2 in front.
Found FindAt(std::string_view text) {
  if (text.starts_with(kQuoteBegin)) return FindQuote(text);
  if (text.size() < 4 || text[2] != '\xC2') return {};
  const auto lead = static_cast<uint8_t>(static_cast<uint8_t>(text[1]) | 0x40U);
  if (lead < 0xC2 || lead > 0xF4) return {};
  Found found;
  const size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() < 2 * length) return {};
  found.once[0] = static_cast<char>(lead);
  for (size_t i = 1; i < length; ++i) {
    if (text[2 * i] != '\xC2') return {};
    found.once[i] = text[2 * i + 1];
    found.beyond_doubt = found.beyond_doubt || static_cast<uint8_t>(found.once[i]) < 0xA0;
  }
  if (!base::IsValidUtf8({found.once.data(), length})) return {};
  found.once_bytes = length;
  found.bytes = 2 * length;
  return found;
}

// Calls `visit` with the place of each; ends where it returns false.
template <typename Visit>
void ForEach(std::string_view text, const Visit& visit) {
  for (size_t at = text.find('\xC3'); at != std::string_view::npos; at = text.find('\xC3', at)) {
    const Found found = FindAt(text.substr(at));
    if (found.once_bytes > 0 && !visit(at, found)) return;
    at += found.once_bytes > 0 ? found.bytes : 2;
  }
}

}  // namespace

std::optional<std::string> UndoSecondEncoding(std::string_view text) {
  bool beyond_doubt = false;
  ForEach(text, [&](size_t, const Found& found) {
    beyond_doubt = found.beyond_doubt;
    return !beyond_doubt;
  });
  if (!beyond_doubt) return std::nullopt;
  std::string out;
  out.reserve(text.size());
  size_t copied = 0;
  ForEach(text, [&](size_t at, const Found& found) {
    out += text.substr(copied, at - copied);
    out += found.text();
    copied = at + found.bytes;
    return true;
  });
  out += text.substr(copied);
  return out;
}

}  // namespace sluice::deboilerplate
