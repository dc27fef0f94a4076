#include "services/fetch/html_tag_reader.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <algorithm>
#include <array>

#include "pipeline/base/strings.h"

namespace sluice::fetch {
namespace {

constexpr size_t kNameBytesMax = 32;

constexpr auto kRawText = std::to_array<std::string_view>(
    {"iframe", "noembed", "noframes", "style", "textarea", "title", "xmp"});
static_assert(std::ranges::is_sorted(kRawText));

// HTML's elements that end a drawing or a formula in which they stand. (§13.2.6.5)
constexpr auto kBreakout = std::to_array<std::string_view>(
    {"b",      "big",  "blockquote", "body",  "br",   "center", "code",    "dd",   "div",
     "dl",     "dt",   "em",         "embed", "h1",   "h2",     "h3",      "h4",   "h5",
     "h6",     "head", "hr",         "i",     "img",  "li",     "listing", "menu", "meta",
     "nobr",   "ol",   "p",          "pre",   "ruby", "s",      "small",   "span", "strike",
     "strong", "sub",  "sup",        "table", "tt",   "u",      "ul",      "var"});
static_assert(std::ranges::is_sorted(kBreakout));

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool EndsName(char c) { return IsSpace(c) || c == '/' || c == '>'; }

bool StartsWith(std::string_view text, std::string_view lower) {
  return absl::StartsWithIgnoreCase(base::ToAbsl(text), base::ToAbsl(lower));
}

// Walks a tag's attributes, from behind its name.
struct AttributeWalk {
  std::string_view html;
  size_t at;
  std::string_view name = {};
  std::string_view value = {};
  bool slash = false;  // A '/' came last: at the tag's end it closes the element.

  enum class Step { kAttribute, kTagEnd, kCutOff };

  Step Next() {
    name = value = {};
    slash = false;
    for (; at < html.size() && (IsSpace(html[at]) || html[at] == '/'); ++at)
      slash = html[at] == '/';
    if (at >= html.size()) return Step::kCutOff;
    if (html[at] == '>') return Step::kTagEnd;
    const size_t begin = at++;  // A '=' here begins a name.
    while (at < html.size() && !EndsName(html[at]) && html[at] != '=') ++at;
    name = html.substr(begin, at - begin);
    const size_t equals = SkipSpace(at);
    if (equals >= html.size()) return Step::kCutOff;
    if (html[equals] != '=') return Step::kAttribute;
    at = SkipSpace(equals + 1);
    if (at >= html.size()) return Step::kCutOff;
    return ReadValue();
  }

 private:
  size_t SkipSpace(size_t from) const {
    while (from < html.size() && IsSpace(html[from])) ++from;
    return from;
  }

  Step ReadValue() {
    const char quote = html[at];
    if (quote == '"' || quote == '\'') {
      const size_t end = html.find(quote, at + 1);
      if (end == std::string_view::npos) return Step::kCutOff;
      value = html.substr(at + 1, end - at - 1);
      at = end + 1;
      return Step::kAttribute;
    }
    const size_t begin = at;
    while (at < html.size() && !IsSpace(html[at]) && html[at] != '>') ++at;
    value = html.substr(begin, at - begin);
    return at < html.size() ? Step::kAttribute : Step::kCutOff;
  }
};

}  // namespace

bool HtmlTagReader::Next() {
  while (true) {
    at_ = std::min(html_.find('<', at_), html_.size());
    if (at_ == html_.size()) return false;
    if (!AtTag()) continue;
    if (!ReadTag()) {
      at_ = html_.size();
      return false;
    }
    if (!is_end_) {
      EnterElement();
      return true;
    }
    LeaveElement();
  }
}

std::optional<std::string_view> HtmlTagReader::attribute(std::string_view name) const {
  AttributeWalk walk{.html = attributes_, .at = 0};
  while (walk.Next() == AttributeWalk::Step::kAttribute) {
    if (walk.name.size() == name.size() && StartsWith(walk.name, name)) return walk.value;
  }
  return std::nullopt;
}

bool HtmlTagReader::AtTag() {
  const char next = at_ + 1 < html_.size() ? html_[at_ + 1] : '\0';
  if (IsLetter(next)) return true;
  if (next == '!') {
    SkipComment();
  } else if (next == '?') {
    SkipBeyond(">");
  } else if (next == '/') {
    const char name = at_ + 2 < html_.size() ? html_[at_ + 2] : '\0';
    if (IsLetter(name)) return true;
    SkipBeyond(">");
  } else {
    ++at_;
  }
  return false;
}

void HtmlTagReader::SkipComment() {
  const std::string_view rest = html_.substr(at_);
  if (foreign_ > 0 && rest.starts_with("<![CDATA[")) return SkipBeyond("]]>");
  if (!rest.starts_with("<!--")) return SkipBeyond(">");  // A doctype too.
  at_ += 4;
  if (html_.substr(at_).starts_with(">") || html_.substr(at_).starts_with("->")) {
    return SkipBeyond(">");
  }
  while (true) {
    at_ = html_.find("--", at_);
    if (at_ == std::string_view::npos) break;
    const std::string_view end = html_.substr(at_ + 2);
    if (end.starts_with(">") || end.starts_with("!>")) return SkipBeyond(">");
    ++at_;
  }
  at_ = html_.size();
}

void HtmlTagReader::SkipBeyond(std::string_view end) {
  const size_t found = html_.find(end, at_);
  at_ = found == std::string_view::npos ? html_.size() : found + end.size();
}

bool HtmlTagReader::ReadTag() {
  is_end_ = html_[at_ + 1] == '/';
  const size_t begin = at_ + (is_end_ ? 2 : 1);
  size_t end = begin;
  while (end < html_.size() && !EndsName(html_[end])) ++end;
  name_ = absl::AsciiStrToLower(
      base::ToAbsl(html_.substr(begin, std::min(end - begin, kNameBytesMax))));
  AttributeWalk walk{.html = html_, .at = end};
  AttributeWalk::Step step = walk.Next();
  while (step == AttributeWalk::Step::kAttribute) step = walk.Next();
  if (step == AttributeWalk::Step::kCutOff) return false;
  is_self_closing_ = walk.slash;
  attributes_ = html_.substr(end, walk.at - end + 1);
  at_ = walk.at + 1;
  return true;
}

void HtmlTagReader::EnterElement() {
  if (foreign_ > 0 && std::ranges::binary_search(kBreakout, name_)) foreign_ = 0;
  if (name_ == "svg" || name_ == "math") {
    foreign_ += is_self_closing_ ? 0 : 1;
    return;
  }
  if (foreign_ > 0) return;
  if (name_ == "template") {
    ++templates_;
  } else if (name_ == "script") {
    SkipScript();
  } else if (name_ == "plaintext") {
    at_ = html_.size();
  } else if (std::ranges::binary_search(kRawText, name_)) {
    SkipRawText(name_);
  }
}

void HtmlTagReader::LeaveElement() {
  if (name_ == "svg" || name_ == "math") foreign_ -= foreign_ > 0 ? 1 : 0;
  if (name_ == "template" && foreign_ == 0) templates_ -= templates_ > 0 ? 1 : 0;
}

bool HtmlTagReader::IsEndTagOf(std::string_view element, size_t at) const {
  const std::string_view rest = html_.substr(at);
  return rest.starts_with("</") && StartsWith(rest.substr(2), element) &&
         rest.size() > element.size() + 2 && EndsName(rest[element.size() + 2]);
}

void HtmlTagReader::SkipRawText(std::string_view element) {
  while (true) {
    at_ = std::min(html_.find("</", at_), html_.size());
    if (at_ == html_.size() || IsEndTagOf(element, at_)) return;
    at_ += 2;
  }
}

// A script whose text holds "<!--" and then "<script" ends at the second end tag. (§13.2.5.15 ff.)
void HtmlTagReader::SkipScript() {
  enum class Within { kScript, kComment, kInnerScript } within = Within::kScript;
  for (; at_ < html_.size(); ++at_) {
    at_ = std::min(html_.find_first_of("<-", at_), html_.size());
    const std::string_view rest = html_.substr(at_);
    if (within != Within::kScript && rest.starts_with("-->")) {
      within = Within::kScript;
    } else if (within == Within::kScript && rest.starts_with("<!--")) {
      within = Within::kComment;
      at_ += 1;  // "<!-->" has both ends.
    } else if (IsEndTagOf("script", at_)) {
      if (within != Within::kInnerScript) return;
      within = Within::kComment;
    } else if (within == Within::kComment && StartsWith(rest, "<script") && rest.size() > 7 &&
               EndsName(rest[7])) {
      within = Within::kInnerScript;
    }
  }
}

}  // namespace sluice::fetch
