#include "services/deboilerplate/loose_json.h"

#include <cstdint>
#include <optional>

#include "absl/strings/ascii.h"
#include "pipeline/base/strings.h"

namespace sluice::deboilerplate {
namespace {

constexpr std::string_view kCdata = "<![CDATA[";

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void AppendUtf8(uint32_t cp, std::string& out) {
  if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF)) cp = 0xFFFD;
  if (cp < 0x80) {
    out.push_back(static_cast<char>(cp));
    return;
  }
  const int tail = cp < 0x800 ? 1 : cp < 0x10000 ? 2 : 3;
  constexpr uint8_t kLead[] = {0, 0xC0, 0xE0, 0xF0};
  out.push_back(static_cast<char>(kLead[tail] | (cp >> (6 * tail))));
  for (int i = tail - 1; i >= 0; --i)
    out.push_back(static_cast<char>(0x80 | ((cp >> (6 * i)) & 0x3F)));
}

std::optional<uint32_t> Hex(std::string_view digits) {
  uint32_t value = 0;
  for (const char c : digits) {
    const char lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9')
      value = value * 16 + static_cast<uint32_t>(c - '0');
    else if (lower >= 'a' && lower <= 'f')
      value = value * 16 + static_cast<uint32_t>(lower - 'a' + 10);
    else
      return std::nullopt;
  }
  return value;
}

class Reader {
 public:
  Reader(std::string_view text, size_t values_max, size_t depth_max)
      : text_(text), values_left_(values_max), depth_left_(depth_max) {}

  LooseValue Read() {
    // The wrapper of scripts in XHTML has a bracket of its own.
    if (const size_t wrapper = text_.find(kCdata); wrapper < text_.find('{'))
      at_ = wrapper + kCdata.size();
    SkipTo("{[");
    return Value();
  }

 private:
  bool done() const { return at_ >= text_.size() || values_left_ == 0; }
  char here() const { return text_[at_]; }

  void SkipTo(std::string_view wanted) {
    while (!done() && wanted.find(here()) == std::string_view::npos) ++at_;
  }

  void SkipBlank() {
    while (at_ < text_.size()) {
      if (IsBlank(here())) {
        ++at_;
      } else if (text_.substr(at_).starts_with("/*")) {
        const size_t end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  LooseValue Value() {
    SkipBlank();
    LooseValue value;
    if (done()) return value;
    --values_left_;
    if (here() == '{' || here() == '[') {
      if (depth_left_ == 0) {
        at_ = text_.size();
        return value;
      }
      --depth_left_;
      if (here() == '{')
        Object(value);
      else
        Array(value);
      ++depth_left_;
    } else if (here() == '"') {
      value.text = String();
    } else {
      const size_t begin = at_;
      while (at_ < text_.size() && !IsBlank(here()) &&
             std::string_view(",}]").find(here()) == std::string_view::npos)
        ++at_;
      value.text = text_.substr(begin, at_ - begin);
    }
    return value;
  }

  void Object(LooseValue& value) {
    value.kind = LooseValue::Kind::kObject;
    ++at_;
    while (true) {
      SkipBlank();
      if (done()) return;
      if (here() == '}') {
        ++at_;
        return;
      }
      if (here() == ']') return;  // A brace is missing.
      if (here() != '"') {
        ++at_;
        continue;
      }
      std::string name = String();
      SkipBlank();
      if (done()) return;
      if (here() != ':') continue;
      ++at_;
      value.members.push_back({std::move(name), Value()});
    }
  }

  void Array(LooseValue& value) {
    value.kind = LooseValue::Kind::kArray;
    ++at_;
    while (true) {
      SkipBlank();
      if (done()) return;
      if (here() == ']') {
        ++at_;
        return;
      }
      if (here() == '}') return;  // A bracket is missing.
      if (here() == ',') {
        ++at_;
        continue;
      }
      const size_t before = at_;
      value.items.push_back(Value());
      if (at_ == before) ++at_;
    }
  }

  // In JSON a quote that ends a string is followed by one of , : } ] or the end; another one
  // belongs to the text.
  bool Closes(size_t quote) const {
    constexpr size_t kBlanksMax = 64;
    size_t next = quote + 1;
    while (next < text_.size() && next < quote + kBlanksMax && IsBlank(text_[next])) ++next;
    return next >= text_.size() ||
           std::string_view(",:}]/").find(text_[next]) != std::string_view::npos;
  }

  std::string String() {
    std::string out;
    ++at_;
    while (at_ < text_.size()) {
      const size_t stop = text_.find_first_of("\"\\", at_);
      if (stop == std::string_view::npos) {
        out.append(text_.substr(at_));
        at_ = text_.size();
        break;
      }
      out.append(text_.substr(at_, stop - at_));
      at_ = stop + 1;
      if (text_[stop] == '"') {
        if (Closes(stop)) break;
        out.push_back('"');
      } else {
        Escape(out);
      }
    }
    return out;
  }

  void Escape(std::string& out) {
    if (at_ >= text_.size()) return;
    const char c = text_[at_++];
    switch (c) {
      case 'n':
      case 'r':
        out.push_back('\n');
        return;
      case 't':
        out.push_back('\t');
        return;
      case 'b':
      case 'f':
        out.push_back(' ');
        return;
      case 'u':
        break;
      default:
        out.push_back(c);
        return;
    }
    if (at_ + 4 > text_.size()) return;
    std::optional<uint32_t> unit = Hex(text_.substr(at_, 4));
    if (!unit.has_value()) return;
    at_ += 4;
    if (*unit >= 0xD800 && *unit < 0xDC00 && text_.substr(at_).starts_with("\\u") &&
        at_ + 6 <= text_.size()) {
      const std::optional<uint32_t> low = Hex(text_.substr(at_ + 2, 4));
      if (low.has_value() && *low >= 0xDC00 && *low < 0xE000) {
        unit = 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00);
        at_ += 6;
      }
    }
    AppendUtf8(*unit, out);
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t values_left_;
  size_t depth_left_;
};

struct Reference {
  std::string_view name;
  std::string_view text;
};
constexpr Reference kReferences[] = {
    {"amp;", "&"},         {"quot;", "\""},       {"apos;", "'"},        {"lt;", "<"},
    {"gt;", ">"},          {"nbsp;", " "},        {"rsquo;", "\u2019"},  {"lsquo;", "\u2018"},
    {"rdquo;", "\u201D"},  {"ldquo;", "\u201C"},  {"ndash;", "\u2013"},  {"mdash;", "\u2014"},
    {"hellip;", "\u2026"}, {"bdquo;", "\u201E"},  {"sbquo;", "\u201A"},  {"bull;", "\u2022"},
    {"lsaquo;", "\u2039"}, {"rsaquo;", "\u203A"}, {"euro;", "\u20AC"},   {"trade;", "\u2122"},
    {"oelig;", "\u0153"},  {"OElig;", "\u0152"},  {"scaron;", "\u0161"}, {"Scaron;", "\u0160"},
};

// Of the characters from U+00A1 on, in their order (HTML, "Named character references").
constexpr std::string_view kLatinReferences[] = {
    "iexcl;",  "cent;",   "pound;",  "curren;", "yen;",    "brvbar;", "sect;",   "uml;",
    "copy;",   "ordf;",   "laquo;",  "not;",    "shy;",    "reg;",    "macr;",   "deg;",
    "plusmn;", "sup2;",   "sup3;",   "acute;",  "micro;",  "para;",   "middot;", "cedil;",
    "sup1;",   "ordm;",   "raquo;",  "frac14;", "frac12;", "frac34;", "iquest;", "Agrave;",
    "Aacute;", "Acirc;",  "Atilde;", "Auml;",   "Aring;",  "AElig;",  "Ccedil;", "Egrave;",
    "Eacute;", "Ecirc;",  "Euml;",   "Igrave;", "Iacute;", "Icirc;",  "Iuml;",   "ETH;",
    "Ntilde;", "Ograve;", "Oacute;", "Ocirc;",  "Otilde;", "Ouml;",   "times;",  "Oslash;",
    "Ugrave;", "Uacute;", "Ucirc;",  "Uuml;",   "Yacute;", "THORN;",  "szlig;",  "agrave;",
    "aacute;", "acirc;",  "atilde;", "auml;",   "aring;",  "aelig;",  "ccedil;", "egrave;",
    "eacute;", "ecirc;",  "euml;",   "igrave;", "iacute;", "icirc;",  "iuml;",   "eth;",
    "ntilde;", "ograve;", "oacute;", "ocirc;",  "otilde;", "ouml;",   "divide;", "oslash;",
    "ugrave;", "uacute;", "ucirc;",  "uuml;",   "yacute;", "thorn;",  "yuml;",
};

// Appends what a character reference after '&' stands for; returns its length, 0 where it is none.
size_t DecodeReference(std::string_view rest, std::string& out) {
  if (rest.starts_with('#')) {
    const bool hex = rest.size() > 1 && (rest[1] | 0x20) == 'x';
    uint32_t cp = 0;
    size_t at = hex ? 2 : 1;
    const size_t begin = at;
    for (; at < rest.size() && at < begin + 7; ++at) {
      const std::optional<uint32_t> digit = Hex(rest.substr(at, 1));
      if (!digit.has_value() || (!hex && *digit > 9)) break;
      cp = cp * (hex ? 16 : 10) + *digit;
    }
    if (at == begin || at >= rest.size() || rest[at] != ';') return 0;
    AppendUtf8(cp, out);
    return at + 1;
  }
  for (const Reference& reference : kReferences) {
    if (!rest.starts_with(reference.name)) continue;
    out.append(reference.text);
    return reference.name.size();
  }
  uint32_t character = 0xA1;
  for (const std::string_view name : kLatinReferences) {
    if (rest.starts_with(name)) {
      AppendUtf8(character, out);
      return name.size();
    }
    ++character;
  }
  return 0;
}

std::string DecodeReferences(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '&') {
      const size_t length = DecodeReference(text.substr(at + 1, 12), decoded);
      if (length > 0) {
        at += length + 1;
        continue;
      }
    }
    decoded.push_back(text[at++]);
  }
  return decoded;
}

// Whether an element of this tag ("p class=x", "/div") begins or ends a line.
bool EndsLine(std::string_view tag) {
  if (tag.starts_with('/')) tag.remove_prefix(1);
  const std::string name =
      absl::AsciiStrToLower(base::ToAbsl(tag.substr(0, tag.find_first_of(" \t\r\n/"))));
  for (const std::string_view line : {"p", "br", "div", "li", "h2", "h3", "h4", "blockquote"}) {
    if (name == line) return true;
  }
  return false;
}

std::string Plain(std::string_view text, bool keep_lines) {
  const std::string decoded = DecodeReferences(text);
  std::string out;
  out.reserve(decoded.size());
  bool space = false;
  bool line = false;
  const size_t last_end = decoded.rfind('>');  // So that tags without one cost nothing.
  for (size_t at = 0; at < decoded.size(); ++at) {
    const char c = decoded[at];
    if (c == '<' && last_end != std::string::npos && at < last_end &&
        (decoded[at + 1] == '/' ||
         ((decoded[at + 1] | 0x20) >= 'a' && (decoded[at + 1] | 0x20) <= 'z'))) {
      const size_t end = decoded.find('>', at);
      space = true;
      line =
          line || (keep_lines && EndsLine(std::string_view(decoded).substr(at + 1, end - at - 1)));
      at = end;
      continue;
    }
    if (IsBlank(c) || (c == '\xC2' && at + 1 < decoded.size() && decoded[at + 1] == '\xA0')) {
      at += c == '\xC2' ? 1 : 0;
      space = true;
      line = line || c == '\n';
      continue;
    }
    if (space && !out.empty()) out.push_back(line && keep_lines ? '\n' : ' ');
    space = line = false;
    out.push_back(c);
  }
  return out;
}

}  // namespace

const LooseValue* LooseValue::Find(std::string_view name) const {
  for (const LooseMember& member : members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

LooseValue ParseLooseJson(std::string_view text, size_t values_max, size_t depth_max) {
  return Reader(text, values_max, depth_max).Read();
}

std::string PlainText(std::string_view text) { return Plain(text, false); }
std::string PlainLines(std::string_view text) { return Plain(text, true); }

}  // namespace sluice::deboilerplate
