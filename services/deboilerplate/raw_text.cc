#include "services/deboilerplate/raw_text.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace sluice::deboilerplate {
namespace {

// Whether the tag whose "<" or "</" stands before `at` has the name.
bool IsNamed(const lxb_char_t* at, const lxb_char_t* end, std::string_view name) {
  if (static_cast<size_t>(end - at) <= name.size()) return false;
  for (const char c : name) {
    if ((*at++ | 0x20) != c) return false;
  }
  return *at == '>' || *at == '/' || *at <= ' ';
}

std::string_view RawTextName(lxb_tag_id_t tag) {
  switch (tag) {
    case LXB_TAG_SCRIPT:
      return "script";
    case LXB_TAG_STYLE:
      return "style";
    case LXB_TAG_NOSCRIPT:
      return "noscript";
    case LXB_TAG_IFRAME:
      return "iframe";
    case LXB_TAG_NOEMBED:
      return "noembed";
    default:
      return "noframes";
  }
}

// Elements of drawings that hold nothing else.
bool IsDrawingTag(std::string_view name) {
  for (const std::string_view known :
       {"path",           "g",        "circle",  "rect",   "use",      "polygon",
        "line",           "polyline", "ellipse", "defs",   "clippath", "lineargradient",
        "radialgradient", "stop",     "mask",    "title",  "desc",     "symbol",
        "text",           "tspan",    "filter",  "pattern"}) {
    if (name.size() == known.size() &&
        std::equal(name.begin(), name.end(), known.begin(),
                   [](char a, char b) { return static_cast<char>(a | 0x20) == b; }))
      return true;
  }
  return false;
}

}  // namespace

const lxb_char_t* FindRawTextEnd(lxb_tag_id_t tag, const lxb_char_t* data, const lxb_char_t* end) {
  const std::string_view name = RawTextName(tag);
  bool comment = false;
  for (const lxb_char_t* at = data; at < end; ++at) {
    at = static_cast<const lxb_char_t*>(std::memchr(at, '<', static_cast<size_t>(end - at)));
    if (at == nullptr || end - at < 2) break;
    if (at[1] == '/' && IsNamed(at + 2, end, name)) return at;
    if (tag != LXB_TAG_SCRIPT) continue;
    comment = comment || (end - at >= 4 && std::memcmp(at, "<!--", 4) == 0);
    if (comment && IsNamed(at + 1, end, name)) return nullptr;
  }
  return end;
}

const lxb_char_t* FindDrawingEnd(const lxb_char_t* data, const lxb_char_t* end) {
  for (const lxb_char_t* at = data; at < end; ++at) {
    at = static_cast<const lxb_char_t*>(std::memchr(at, '<', static_cast<size_t>(end - at)));
    if (at == nullptr || end - at < 2) return nullptr;
    if (at[1] == '/') {
      if (IsNamed(at + 2, end, "svg")) return at;
      continue;
    }
    const lxb_char_t* name = at + 1;
    const lxb_char_t* stop = name;
    while (stop < end && static_cast<lxb_char_t>((*stop | 0x20) - 'a') < 26) ++stop;
    if (!IsDrawingTag({reinterpret_cast<const char*>(name), static_cast<size_t>(stop - name)}))
      return nullptr;
  }
  return nullptr;
}

}  // namespace sluice::deboilerplate
