#include "services/fetch/html_text.h"

#include <algorithm>
#include <array>

#include "pipeline/base/utf8.h"
#include "services/fetch/xml_reader.h"

namespace sluice::fetch {
namespace {

// Elements that flow within a line: their tags separate no words.
constexpr auto kInline = std::to_array<std::string_view>({
    "a",    "abbr",   "acronym", "b",   "bdi", "bdo",  "big", "cite", "code", "del",  "dfn",
    "em",   "font",   "i",       "ins", "kbd", "mark", "q",   "ruby", "s",    "samp", "small",
    "span", "strike", "strong",  "sub", "sup", "tt",   "u",   "var",  "wbr",
});
static_assert(std::ranges::is_sorted(kInline));

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsReferenceByte(char c) { return IsLetter(c) || (c >= '0' && c <= '9') || c == '#'; }

}  // namespace

std::string TextOfMarkup(std::string_view markup) {
  using Event = XmlReader::Event;
  std::string text;
  XmlReader reader(markup, {});
  size_t silent_depth = 0;  // Of the script or style that is open.
  for (Event event = reader.Next(); event != Event::kEnd; event = reader.Next()) {
    if (event == Event::kText) {
      if (silent_depth == 0) text += reader.text();
      continue;
    }
    const bool silent = reader.name() == "script" || reader.name() == "style";
    if (event == Event::kStartTag && silent && silent_depth == 0) silent_depth = reader.depth();
    if (event == Event::kEndTag && reader.depth() < silent_depth) silent_depth = 0;
    if (!std::ranges::binary_search(kInline, reader.name())) text += ' ';
  }
  return FoldWhiteSpace(text);
}

bool LooksLikeMarkup(std::string_view text) {
  const size_t last_close = text.rfind('>');
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] == '<') {
      const size_t name = text[i + 1] == '/' ? i + 2 : i + 1;
      const bool tag = IsLetter(text[name]) || text[name] == '!';
      if (tag && last_close != std::string_view::npos && last_close > name) return true;
    } else if (text[i] == '&') {
      size_t end = i + 1;
      while (end < text.size() && end - i < 12 && IsReferenceByte(text[end])) ++end;
      if (end > i + 2 && end < text.size() && text[end] == ';') return true;
    }
  }
  return false;
}

std::string FoldWhiteSpace(std::string_view text) {
  constexpr std::string_view kNoBreakSpace = "\xC2\xA0";
  std::string folded;
  folded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool no_break = text.substr(i).starts_with(kNoBreakSpace);
    if (no_break) ++i;
    if (!no_break && !IsSpace(text[i])) {
      folded += text[i];
    } else if (!folded.empty() && folded.back() != ' ') {
      folded += ' ';
    }
  }
  if (folded.ends_with(' ')) folded.pop_back();
  return folded;
}

std::string LanguageOf(std::string_view text) {
  return base::ToValidUtf8(FoldWhiteSpace(text), kLanguageBytesMax);
}

}  // namespace sluice::fetch
