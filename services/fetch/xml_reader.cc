#include "services/fetch/xml_reader.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <libxml/HTMLparser.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "services/fetch/xml_encoding.h"

namespace sluice::fetch {
namespace {

constexpr std::string_view kSpaces = " \t\r\n\f";

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSpace(char c) { return kSpaces.find(c) != std::string_view::npos; }
bool BeginsName(char c) { return IsLetter(c) || c == '_' || c == ':' || (c & 0x80) != 0; }

// Numbers 128 to 159 are meant as windows-1252, as HTML has it.
constexpr std::array<char16_t, 32> kWindows1252 = {
    0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021, 0x2C6,  0x2030, 0x160,
    0x2039, 0x152,  0x8D,   0x17D,  0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178,
};

bool IsForbidden(char32_t point) {
  return (point < 0x20 && point != '\t' && point != '\n' && point != '\r') || point == 0xFFFE ||
         point == 0xFFFF;
}

std::optional<char32_t> ParseNumber(std::string_view digits) {
  const bool hex = digits.starts_with('x') || digits.starts_with('X');
  if (hex) digits.remove_prefix(1);
  if (digits.empty() || digits.size() > 8) return std::nullopt;
  char32_t value = 0;
  for (const char c : digits) {
    const char lower = static_cast<char>(c | 0x20);
    if (IsDigit(c)) {
      value = value * (hex ? 16 : 10) + static_cast<char32_t>(c - '0');
    } else if (hex && lower >= 'a' && lower <= 'f') {
      value = value * 16 + static_cast<char32_t>(lower - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value >= 0x80 && value < 0xA0 ? kWindows1252[value - 0x80] : value;
}

std::optional<char32_t> NamedCharacter(std::string_view name) {
  if (name == "apos") return U'\'';
  const std::string terminated(name);
  const htmlEntityDesc* entity =
      htmlEntityLookup(reinterpret_cast<const xmlChar*>(terminated.c_str()));
  return entity == nullptr ? std::nullopt : std::optional<char32_t>(entity->value);
}

}  // namespace

XmlReader::XmlReader(std::string_view utf8, const Limits& limits) : utf8_(utf8), limits_(limits) {}

XmlReader::Event XmlReader::Next() {
  if (closing_ > 0) return Close();
  while (at_ < utf8_.size()) {
    text_.clear();
    const bool told = utf8_[at_] == '<' ? ReadMarkup() : ReadCharacters();
    if (told) return event_;
  }
  if (open_.empty()) return event_ = Event::kEnd;
  truncated_ = true;
  return Close();
}

// Tells the end of the innermost element.
XmlReader::Event XmlReader::Close() {
  if (closing_ > 0) --closing_;
  SetName(open_.back().name);
  const auto count = open_counts_.find(open_.back().name);
  if (--count->second == 0) open_counts_.erase(count);
  bindings_.resize(open_.back().bindings);
  open_.pop_back();
  return event_ = Event::kEndTag;
}

bool XmlReader::ReadMarkup() {
  const std::string_view rest = utf8_.substr(at_);
  if (rest.starts_with("<!--")) return SkipTo("-->");
  if (rest.starts_with("<![CDATA[")) return ReadCData();
  if (rest.starts_with("<?")) return SkipProcessingInstruction();
  if (absl::StartsWithIgnoreCase(base::ToAbsl(rest), "<!doctype")) return SkipDoctype();
  if (rest.starts_with("<!")) return SkipTo(">");
  if (rest.starts_with("</")) return ReadEndTag();
  if (rest.size() > 1 && BeginsName(rest[1])) return ReadStartTag();
  return ReadCharacters();
}

bool XmlReader::SkipTo(std::string_view end) {
  const size_t found = utf8_.find(end, at_ + 2);
  at_ = found == std::string_view::npos ? utf8_.size() : found + end.size();
  return false;
}

bool XmlReader::SkipProcessingInstruction() {
  constexpr size_t kBytesMax = 4096;  // Looked through, so that many open ones stay cheap.
  const bool closed = utf8_.substr(at_, kBytesMax).find("?>") != std::string_view::npos;
  return SkipTo(closed ? "?>" : ">");
}

bool XmlReader::ReadCharacters() {
  const size_t end = std::min(utf8_.find('<', at_ + 1), utf8_.size());
  AppendDecoded(utf8_.substr(at_, end - at_), text_);
  at_ = end;
  event_ = Event::kText;
  return !text_.empty();
}

bool XmlReader::ReadCData() {
  constexpr std::string_view kOpen = "<![CDATA[";
  const size_t begin = at_ + kOpen.size();
  const size_t end = std::min(utf8_.find("]]>", begin), utf8_.size());
  for (const char c : utf8_.substr(begin, end - begin)) {
    if (!IsForbidden(static_cast<unsigned char>(c))) text_ += c;
  }
  at_ = std::min(end + 3, utf8_.size());
  event_ = Event::kText;
  return !text_.empty();
}

std::string_view XmlReader::TakeName() {
  const size_t begin = at_;
  while (at_ < utf8_.size() && !IsSpace(utf8_[at_]) &&
         std::string_view("/>=<").find(utf8_[at_]) == std::string_view::npos) {
    ++at_;
  }
  return utf8_.substr(begin, at_ - begin);
}

bool XmlReader::ReadStartTag() {
  ++at_;
  std::string qualified = absl::AsciiStrToLower(base::ToAbsl(TakeName()));
  ReadAttributes();
  const bool empty = at_ < utf8_.size() && utf8_[at_] == '/';
  if (empty) ++at_;
  if (at_ < utf8_.size() && utf8_[at_] == '>') ++at_;
  if (open_.size() >= limits_.depth_max) {
    if (!empty) ++passed_over_;
    return false;
  }
  open_.push_back({std::move(qualified), bindings_.size()});
  ++open_counts_[open_.back().name];
  BindNamespaces();
  SetName(open_.back().name);
  if (empty) closing_ = 1;
  event_ = Event::kStartTag;
  return true;
}

bool XmlReader::ReadEndTag() {
  at_ += 2;
  const std::string qualified = absl::AsciiStrToLower(base::ToAbsl(TakeName()));
  at_ = std::min(utf8_.find_first_of("<>", at_), utf8_.size());
  if (at_ < utf8_.size() && utf8_[at_] == '>') ++at_;
  if (passed_over_ > 0) {
    --passed_over_;
    return false;
  }
  if (!open_counts_.contains(qualified)) return false;  // Stray.
  closing_ = 1;
  for (size_t i = open_.size(); open_[i - 1].name != qualified; --i) ++closing_;
  Close();
  return true;
}

void XmlReader::ReadAttributes() {
  attributes_.clear();
  while (at_ < utf8_.size()) {
    const char c = utf8_[at_];
    if (c == '>' || c == '<') return;
    if (c == '/' && (at_ + 1 == utf8_.size() || utf8_[at_ + 1] == '>')) return;
    if (IsSpace(c) || c == '/' || c == '=') {
      ++at_;
    } else {
      ReadAttribute();
    }
  }
}

void XmlReader::ReadAttribute() {
  const std::string_view qualified = TakeName();
  while (at_ < utf8_.size() && IsSpace(utf8_[at_])) ++at_;
  std::string_view raw;
  if (at_ < utf8_.size() && utf8_[at_] == '=') {
    ++at_;
    while (at_ < utf8_.size() && IsSpace(utf8_[at_])) ++at_;
    const char quote = at_ < utf8_.size() ? utf8_[at_] : '\0';
    const size_t begin = at_ + 1;
    const size_t end = utf8_.find(quote, begin);
    if ((quote == '"' || quote == '\'') && end != std::string_view::npos) {
      raw = utf8_.substr(begin, end - begin);
      at_ = end + 1;
    } else {
      const size_t stop = std::min(utf8_.find_first_of(" \t\r\n>", at_), utf8_.size());
      raw = utf8_.substr(at_, stop - at_);
      at_ = stop;
    }
  }
  if (attributes_.size() >= limits_.attributes_max) return;
  const std::string name = absl::AsciiStrToLower(base::ToAbsl(qualified));
  const size_t colon = name.find(':');
  Attribute attribute;
  if (colon != std::string::npos) attribute.prefix = name.substr(0, colon);
  attribute.name = colon == std::string::npos ? name : name.substr(colon + 1);
  AppendDecoded(raw, attribute.value);
  attributes_.push_back(std::move(attribute));
}

void XmlReader::BindNamespaces() {
  for (const Attribute& attribute : attributes_) {
    if (bindings_.size() >= limits_.namespaces_max) return;
    if (attribute.prefix == "xmlns") {
      bindings_.push_back({attribute.name, VocabularyOfNamespace(attribute.value, attribute.name)});
    } else if (attribute.prefix.empty() && attribute.name == "xmlns") {
      bindings_.push_back({"", VocabularyOfNamespace(attribute.value, "")});
    }
  }
}

void XmlReader::SetName(std::string_view qualified) {
  const size_t colon = qualified.find(':');
  const std::string_view prefix =
      colon == std::string_view::npos ? std::string_view{} : qualified.substr(0, colon);
  name_ = qualified.substr(colon == std::string_view::npos ? 0 : colon + 1);
  for (size_t i = bindings_.size(); i > 0; --i) {
    if (bindings_[i - 1].prefix == prefix) {
      vocabulary_ = bindings_[i - 1].vocabulary;
      return;
    }
  }
  vocabulary_ = VocabularyOfPrefix(prefix);
}

bool XmlReader::has_attribute(std::string_view name) const {
  return std::ranges::find(attributes_, name, &Attribute::name) != attributes_.end();
}

std::string_view XmlReader::attribute(std::string_view name) const {
  for (const Attribute& attribute : attributes_) {
    const bool counts = attribute.prefix.empty() || attribute.prefix == "rdf";
    if (counts && attribute.name == name) return attribute.value;
  }
  return {};
}

std::string_view XmlReader::xml_attribute(std::string_view name) const {
  for (const Attribute& attribute : attributes_) {
    if (attribute.prefix == "xml" && attribute.name == name) return attribute.value;
  }
  return {};
}

bool XmlReader::SkipDoctype() {
  const size_t begin = at_;
  const size_t bracket = utf8_.find_first_of("[>", at_);
  const bool has_subset = bracket != std::string_view::npos && utf8_[bracket] == '[';
  if (!has_subset || std::exchange(doctype_read_, true)) return SkipTo(">");
  const size_t close = utf8_.find(']', bracket);
  if (close == std::string_view::npos) return SkipTo(">");
  at_ = std::min(utf8_.find('>', close), utf8_.size() - 1) + 1;
  std::string_view subset = utf8_.substr(begin, close - begin);
  constexpr std::string_view kEntity = "<!ENTITY";
  for (size_t found = subset.find(kEntity); found != std::string_view::npos;
       found = subset.find(kEntity)) {
    subset.remove_prefix(found + kEntity.size());
    ReadEntityDeclaration(subset);
  }
  return false;
}

// Takes `name "value"` where the value is short and neither refers to entities nor holds markup.
void XmlReader::ReadEntityDeclaration(std::string_view declaration) {
  const size_t name_begin = declaration.find_first_not_of(kSpaces);
  if (name_begin == std::string_view::npos || name_begin == 0) return;
  declaration.remove_prefix(name_begin);
  const size_t name_end = declaration.find_first_of(kSpaces);
  if (name_end == std::string_view::npos) return;
  const std::string_view name = declaration.substr(0, name_end);
  const size_t open = declaration.find_first_not_of(kSpaces, name_end);
  if (open == std::string_view::npos) return;
  const char quote = declaration[open];
  if (quote != '"' && quote != '\'') return;  // SYSTEM, PUBLIC or a parameter entity.
  const size_t end = declaration.find(quote, open + 1);
  if (end == std::string_view::npos) return;
  const std::string_view value = declaration.substr(open + 1, end - open - 1);
  if (value.size() > limits_.entity_bytes_max || entities_.size() >= limits_.entities_max) return;
  const bool plain = value.find_first_of("<&%") == std::string_view::npos;
  std::string decoded;
  if (!plain && value.starts_with("&#")) AppendDecoded(value, decoded);
  const bool one_character = !plain && !decoded.empty() && value.find(';') + 1 == value.size();
  if (plain || one_character) {
    entities_.try_emplace(std::string(name), plain ? std::string(value) : decoded);
  }
}

void XmlReader::AppendDecoded(std::string_view raw, std::string& out) const {
  while (!raw.empty()) {
    size_t run = 0;
    while (run < raw.size() && raw[run] != '&' &&
           !IsForbidden(static_cast<unsigned char>(raw[run]))) {
      ++run;
    }
    out.append(raw.substr(0, run));
    raw.remove_prefix(run);
    if (raw.empty()) return;
    raw.remove_prefix(raw[0] == '&' ? AppendReference(raw, out) : 1);
  }
}

// Decodes the reference at the start of `raw`; returns its length. A bare '&' stands for itself.
size_t XmlReader::AppendReference(std::string_view raw, std::string& out) const {
  constexpr size_t kNameBytesMax = 32;
  const size_t semicolon = raw.substr(0, kNameBytesMax).find(';');
  if (semicolon != std::string_view::npos && semicolon > 1) {
    const std::string_view name = raw.substr(1, semicolon - 1);
    if (const auto declared = entities_.find(name); declared != entities_.end()) {
      out += declared->second;
      return semicolon + 1;
    }
    const auto point = name[0] == '#' ? ParseNumber(name.substr(1)) : NamedCharacter(name);
    if (point) {
      if (!IsForbidden(*point)) AppendUtf8(*point, out);
      return semicolon + 1;
    }
  }
  out += '&';
  return 1;
}

}  // namespace sluice::fetch
