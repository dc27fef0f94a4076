#include "services/deboilerplate/hard_wrap.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>

namespace sluice::deboilerplate {
namespace {

constexpr size_t kWidthMin = 40;
constexpr size_t kWidthMax = 132;  // A wide terminal's.
constexpr size_t kLinesMin = 4;    // Broken ones: fewer may be chance.
// Of the bytes in longer lines: at least this share in broken ones, at most that beyond the width.
constexpr double kBrokenShareMin = 0.6;
constexpr double kBeyondShareMax = 0.1;
constexpr double kLongerLine = 0.6;  // Than this share of the width.

struct Line {
  std::string_view text;  // Without blanks around it; empty: parts paragraphs.
  size_t indent = 0;
  size_t columns = 0;     // With the indent.
  size_t first_word = 0;  // Columns.
};

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f'; }

// What the bytes of a character say of it; `at` is its first one and what follows.
struct Script {
  bool wide = false;       // Stands in two columns.
  bool spaceless = false;  // Words are not parted by spaces.
};
Script ScriptAt(std::string_view at) {
  const auto byte = static_cast<uint8_t>(at.front());
  const bool full_width = byte == 0xEF && at.size() > 1 && static_cast<uint8_t>(at[1]) >= 0xBC;
  const bool spaceless = full_width || (byte >= 0xE3 && byte <= 0xE9);
  return {spaceless || (byte >= 0xEA && byte <= 0xED), spaceless};  // Hangul has spaces.
}
bool BeginsSpaceless(std::string_view text) { return ScriptAt(text).spaceless; }
bool EndsSpaceless(std::string_view text) {
  return text.size() >= 3 && ScriptAt(text.substr(text.size() - 3)).spaceless;
}

size_t Columns(std::string_view text) {
  size_t columns = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<uint8_t>(text[i]) & 0xC0) == 0x80) continue;
    columns += ScriptAt(text.substr(i)).wide ? 2 : 1;
  }
  return columns;
}

Line MakeLine(std::string_view text) {
  Line line;
  while (!text.empty() && IsBlank(text.front())) {
    line.indent += text.front() == '\t' ? 8 - line.indent % 8 : 1;
    text.remove_prefix(1);
  }
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  line.text = text;
  if (text.empty()) return line;
  constexpr size_t kBytesMax = 4 * (kWidthMax + 1);  // Beyond any width.
  line.columns = text.size() > kBytesMax ? kWidthMax + 1 : line.indent + Columns(text);
  const std::string_view word = text.substr(0, std::min(text.find_first_of(" \t"), kBytesMax));
  line.first_word = BeginsSpaceless(text) ? 2 : Columns(word);
  return line;
}

// Hands out a text's lines, each with the one below it; behind the last one is an empty one.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text), next_(Take()) {}

  // False: there is none left.
  bool Advance() {
    if (ended_) return false;
    line_ = next_;
    ended_ = rest_.empty();
    next_ = Take();
    return true;
  }
  const Line& line() const { return line_; }
  const Line& next() const { return next_; }

 private:
  Line Take() {
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    const Line line = MakeLine(rest_.substr(0, end));
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return line;
  }

  std::string_view rest_;
  Line line_;
  Line next_;
  bool ended_ = false;
};

bool BeginsItem(std::string_view text) {
  for (const std::string_view mark : {"- ", "* ", "+ ", "\u2022", "\u00B7", "\u2013 ", "\u2014 "}) {
    if (text.starts_with(mark)) return true;
  }
  const size_t digits = text.find_first_not_of("0123456789");
  return digits > 0 && digits <= 2 && (text[digits] == '.' || text[digits] == ')');
}

// Whether the second line goes on with the paragraph of the first, wherever that was broken.
bool MayGoOn(const Line& line, const Line& next) {
  if (line.text.empty() || next.text.empty() || BeginsItem(next.text)) return false;
  return next.indent <= line.indent || BeginsItem(line.text);
}

// A hyphen at the end stays: nobody knows whether it was there before.
bool PartedBySpace(const Line& line, const Line& next) {
  const std::string_view text = line.text;
  const bool hyphenated = text.size() >= 2 && text.back() == '-' && text[text.size() - 2] != ' ' &&
                          text[text.size() - 2] != '-';
  return !hyphenated && !(EndsSpaceless(text) && BeginsSpaceless(next.text));
}

// The columns that the next line's first word would have brought this one to.
size_t Wanted(const Line& line, const Line& next) {
  return line.columns + next.first_word + (PartedBySpace(line, next) ? 1 : 0);
}

// The width at which most of the text was broken; 0: there is none.
size_t FindWidth(std::string_view text) {
  struct Sum {
    double bytes = 0;
    double count = 0;
  };
  // Of lines with so many columns, or fewer once they are summed up.
  std::array<double, kWidthMax + 2> bytes_up_to = {};
  // Of lines broken at each width, as differences.
  std::array<Sum, kWidthMax + 2> broken;
  for (Lines lines(text); lines.Advance();) {
    const Line& line = lines.line();
    const auto bytes = static_cast<double>(line.text.size());
    bytes_up_to[std::min(line.columns, kWidthMax + 1)] += bytes;
    if (line.columns > kWidthMax || !MayGoOn(line, lines.next())) continue;
    Sum& from = broken[line.columns];
    Sum& to = broken[std::min(Wanted(line, lines.next()), kWidthMax + 1)];
    from.bytes += bytes;
    from.count += 1;
    to.bytes -= bytes;
    to.count -= 1;
  }
  std::partial_sum(bytes_up_to.begin(), bytes_up_to.end(), bytes_up_to.begin());
  const double bytes = bytes_up_to.back();
  size_t best = 0;
  double best_share = kBrokenShareMin;
  Sum here;
  for (size_t width = 0; width <= kWidthMax; ++width) {
    here.bytes += broken[width].bytes;
    here.count += broken[width].count;
    if (width < kWidthMin || here.count < kLinesMin) continue;
    const auto shorter = static_cast<size_t>(kLongerLine * static_cast<double>(width));
    const double longer = bytes - bytes_up_to[shorter];
    if (bytes - bytes_up_to[width] > kBeyondShareMax * longer) continue;
    if (here.bytes >= best_share * longer) {
      best = width;
      best_share = here.bytes / longer;
    }
  }
  return best;
}

}  // namespace

std::optional<std::string> Unwrap(std::string_view text) {
  const size_t width = FindWidth(text);
  if (width == 0) return std::nullopt;
  std::string out;
  out.reserve(text.size());
  for (Lines lines(text); lines.Advance();) {
    const Line& line = lines.line();
    out += line.text;
    const bool broken =
        line.columns <= width && MayGoOn(line, lines.next()) && Wanted(line, lines.next()) > width;
    if (!broken) {
      out += '\n';
    } else if (PartedBySpace(line, lines.next())) {
      out += ' ';
    }
  }
  return out;
}

}  // namespace sluice::deboilerplate
