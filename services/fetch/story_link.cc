#include "services/fetch/story_link.h"

#include <absl/strings/match.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "pipeline/base/strings.h"

namespace sluice::fetch {
namespace {

constexpr size_t kHeadlineWordsMin = 4;
constexpr size_t kNumberedWordsMin = 2;  // Where there is a number too.
constexpr size_t kNumberDigitsMin = 4;
constexpr size_t kIdDigitsMin = 5;
constexpr size_t kMixedIdBytesMin = 10;
constexpr size_t kExtensionBytesMax = 5;
constexpr size_t kBehindDateBytesMin = 4;

// Parts of paths below which the headlines are those of lists.
constexpr auto kLists = std::to_array<std::string_view>(
    {"author", "authors", "autor", "categories", "category", "label", "page", "schlagwort",
     "search", "tag", "tags", "thema", "topic", "topics"});

// Names that say nothing: the part before does.
constexpr auto kPlainNames = std::to_array<std::string_view>({"article", "default", "index"});

// Of files that are no pages.
constexpr auto kFiles =
    std::to_array<std::string_view>({"doc", "docx", "gif", "jpeg", "jpg", "mp3", "mp4", "pdf",
                                     "png", "ppt", "pptx", "svg", "webp", "xls", "xlsx", "zip"});

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAsciiLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsHex(char c) { return IsDigit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); }

template <size_t size>
bool IsAny(std::string_view text, const std::array<std::string_view, size>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) {
    return absl::EqualsIgnoreCase(base::ToAbsl(text), base::ToAbsl(word));
  });
}

std::string_view WithoutExtension(std::string_view part) {
  const size_t dot = part.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return part;
  const size_t size = part.size() - dot - 1;
  return size >= 2 && size <= kExtensionBytesMax ? part.substr(0, dot) : part;
}

// What one part of a path is made of. A letter beyond ASCII is percent-encoded.
struct PartShape {
  size_t words = 0;       // Runs between hyphens and their like that have a letter.
  size_t digits_run = 0;  // The longest.
  bool has_mixed_id = false;
};

PartShape ShapeOf(std::string_view part) {
  PartShape shape;
  size_t run = 0;
  size_t bytes = 0;
  size_t letters = 0;
  size_t digits = 0;
  const auto end_word = [&] {
    shape.words += letters > 0 ? 1 : 0;
    shape.has_mixed_id |=
        bytes >= kMixedIdBytesMin && letters >= 2 && digits >= 2 && bytes == letters + digits;
    bytes = letters = digits = 0;
  };
  for (size_t i = 0; i < part.size(); ++i) {
    const char c = part[i];
    run = IsDigit(c) ? run + 1 : 0;
    shape.digits_run = std::max(shape.digits_run, run);
    const bool encoded =
        c == '%' && i + 2 < part.size() && IsHex(part[i + 1]) && IsHex(part[i + 2]);
    const bool encoded_ascii = encoded && part[i + 1] < '8';
    if (c == '-' || c == '_' || c == '+' || c == '.' || encoded_ascii) {
      end_word();
    } else {
      ++bytes;
      letters += IsAsciiLetter(c) || encoded ? 1 : 0;
      digits += IsDigit(c) ? 1 : 0;
    }
    if (encoded) i += 2;
  }
  end_word();
  return shape;
}

bool IsYear(std::string_view text) {
  return text.size() >= 4 && (text.starts_with("19") || text.starts_with("20")) &&
         IsDigit(text[2]) && IsDigit(text[3]);
}

// The bytes of a month at the start of `text`, two digits or, before a separator, one; 0: none.
size_t MonthBytes(std::string_view text) {
  size_t size = 0;
  while (size < 2 && size < text.size() && IsDigit(text[size])) ++size;
  if (size == 0) return 0;
  const int month = size == 1 ? text[0] - '0' : (text[0] - '0') * 10 + (text[1] - '0');
  return month >= 1 && month <= 12 ? size : 0;
}

// Of a path behind a '/': the bytes of 2026/11, 2026-11 (and '/' or '-') or 20261122; 0: no date.
size_t DateBytes(std::string_view text) {
  if (!IsYear(text)) return 0;
  const bool separated = text.size() > 4 && (text[4] == '/' || text[4] == '-');
  const size_t month_at = separated ? 5 : 4;
  const std::string_view month = text.substr(month_at);
  const size_t month_bytes = MonthBytes(month);
  const size_t end = month_at + month_bytes;
  if (month_bytes == 0) return 0;
  if (separated) return end < text.size() && (text[end] == '/' || text[end] == '-') ? end : 0;
  const bool day = month_bytes == 2 && end + 1 < text.size() && text[end] >= '0' &&
                   text[end] <= '3' && IsDigit(text[end + 1]);
  return day ? end + 2 : 0;
}

}  // namespace

bool LooksLikeStory(const url::Url& url) {
  std::string_view path = url.path();
  while (path.ends_with('/')) path.remove_suffix(1);
  bool in_list = false;
  bool has_date = false;
  size_t digits_run = 0;
  std::string_view last;
  std::string_view before;
  while (!path.empty()) {
    const std::string_view here = path.substr(1);
    const size_t date = DateBytes(here);
    has_date |= date > 0 && here.size() >= date + 1 + kBehindDateBytesMin;
    const size_t end = std::min(path.find('/', 1), path.size());
    in_list |= end < path.size() && IsAny(path.substr(1, end - 1), kLists);
    if (end > 1) {
      before = last;
      last = path.substr(1, end - 1);
      digits_run = std::max(digits_run, ShapeOf(last).digits_run);
    }
    path.remove_prefix(end);
  }
  const size_t dot = last.rfind('.');
  if (dot != std::string_view::npos && IsAny(last.substr(dot + 1), kFiles)) return false;
  if (has_date || digits_run >= kIdDigitsMin) return true;
  last = WithoutExtension(last);
  if (!before.empty() && IsAny(last, kPlainNames)) last = before;
  const PartShape shape = ShapeOf(last);
  if (shape.has_mixed_id) return true;
  if (in_list) return false;
  return shape.words >= kHeadlineWordsMin ||
         (shape.words >= kNumberedWordsMin && shape.digits_run >= kNumberDigitsMin);
}

}  // namespace sluice::fetch
