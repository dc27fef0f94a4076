#include "services/fetch/html_links.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <algorithm>
#include <utility>

#include "pipeline/base/strings.h"
#include "services/fetch/character_references.h"
#include "services/fetch/html_tag_reader.h"
#include "services/fetch/xml_encoding.h"

namespace sluice::fetch {
namespace {

using base::ToAbsl;
using base::ToStd;

// Where the standard looks for a document's own word on its encoding.
constexpr size_t kPrescanBytesMax = 1024;

bool IsWord(std::string_view text, std::string_view word) {
  return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(ToAbsl(text)), ToAbsl(word));
}

// Whether `list`, of words between `separators`, has one of `words`.
bool HasWord(std::string_view list, std::string_view separators,
             std::initializer_list<std::string_view> words) {
  while (true) {
    list.remove_prefix(std::min(list.find_first_not_of(separators), list.size()));
    if (list.empty()) return false;
    const size_t end = std::min(list.find_first_of(separators), list.size());
    const std::string_view word = list.substr(0, end);
    if (std::ranges::any_of(words, [&](std::string_view wanted) { return IsWord(word, wanted); })) {
      return true;
    }
    list.remove_prefix(end);
  }
}

std::string_view DeclaredCharset(std::string_view html) {
  HtmlTagReader reader(html.substr(0, kPrescanBytesMax));
  while (reader.Next()) {
    if (reader.name() != "meta") continue;
    if (const auto charset = reader.attribute("charset")) {
      return ToStd(absl::StripAsciiWhitespace(ToAbsl(*charset)));
    }
    if (!IsWord(reader.attribute("http-equiv").value_or(""), "content-type")) continue;
    const auto charset = CharsetOfContentType(reader.attribute("content").value_or(""));
    if (!charset.empty()) return charset;
  }
  return {};
}

class LinkCollector {
 public:
  explicit LinkCollector(const HtmlLinkLimits& limits) : limits_(limits) {}

  // False: there is no need to go on.
  bool Take(const HtmlTagReader& tag) {
    const std::string_view name = tag.name();
    if (name == "a" || name == "area") return TakeAnchor(tag);
    if (name == "link" && HasRel(tag, {"next"})) TakeNext(tag);
    if (name == "base" && links_.base.empty()) links_.base = Href(tag);
    if (name == "meta") TakeMeta(tag);
    return true;
  }

  HtmlLinks Finish() && { return std::move(links_); }

 private:
  static constexpr std::string_view kSpaces = " \t\n\f\r";

  bool HasRel(const HtmlTagReader& tag, std::initializer_list<std::string_view> words) {
    return HasWord(tag.attribute("rel").value_or(""), kSpaces, words);
  }

  std::string Href(const HtmlTagReader& tag) {
    const std::string_view raw = tag.attribute("href").value_or("");
    return raw.size() > limits_.href_bytes_max ? "" : references_.Decode(raw);
  }

  void TakeNext(const HtmlTagReader& tag) {
    if (links_.next.empty()) links_.next = Href(tag);
  }

  bool TakeAnchor(const HtmlTagReader& tag) {
    std::string href = Href(tag);
    if (href.empty()) return true;
    if (++looked_at_ > limits_.links_max) {
      links_.truncated = true;
      return false;
    }
    if (HasRel(tag, {"nofollow", "sponsored", "ugc"})) {
      ++links_.nofollow;
      return true;
    }
    // The way to older stories is none of them.
    if (HasRel(tag, {"next"})) {
      TakeNext(tag);
    } else {
      links_.hrefs.push_back(std::move(href));
    }
    return true;
  }

  void TakeMeta(const HtmlTagReader& tag) {
    const std::string_view name = tag.attribute("name").value_or("");
    if (!IsWord(name, "robots") && !IsWord(name, "sluice")) return;
    links_.nofollow_all |=
        HasWord(tag.attribute("content").value_or(""), ",", {"nofollow", "none"});
  }

  const HtmlLinkLimits limits_;
  CharacterReferences references_;
  size_t looked_at_ = 0;
  HtmlLinks links_;
};

}  // namespace

HtmlLinks ParseHtmlLinks(std::string_view html, std::string_view content_type,
                         const HtmlLinkLimits& limits) {
  std::string_view charset = CharsetOfContentType(content_type);
  if (charset.empty()) charset = DeclaredCharset(html);
  // Who could read that was no UTF-16. One with a byte order mark is told by that.
  if (EncodingOfLabel(charset).starts_with("utf-16")) charset = "utf-8";
  const DecodedText text = DecodeXml(html, charset);
  HtmlTagReader reader(text.utf8);
  LinkCollector collector(limits);
  while (reader.Next()) {
    if (!reader.in_template() && !collector.Take(reader)) break;
  }
  return std::move(collector).Finish();
}

}  // namespace sluice::fetch
