#include "services/fetch/feed_field.h"

#include <absl/strings/escaping.h>

#include <algorithm>
#include <array>

#include "pipeline/base/strings.h"
#include "services/fetch/html_text.h"
#include "services/fetch/xml_encoding.h"

namespace sluice::fetch {
namespace {

using Vocabulary = XmlReader::Vocabulary;

struct Known {
  Vocabulary vocabulary;
  std::string_view name;
  FeedField field;
};

constexpr auto kKnown = std::to_array<Known>({
    {Vocabulary::kCore, "title", FeedField::kTitle},
    {Vocabulary::kCore, "link", FeedField::kLink},
    {Vocabulary::kCore, "guid", FeedField::kId},
    {Vocabulary::kCore, "id", FeedField::kId},
    {Vocabulary::kCore, "pubdate", FeedField::kPublished},
    {Vocabulary::kCore, "published", FeedField::kPublished},
    {Vocabulary::kCore, "issued", FeedField::kPublished},
    {Vocabulary::kCore, "updated", FeedField::kUpdated},
    {Vocabulary::kCore, "modified", FeedField::kUpdated},
    {Vocabulary::kCore, "lastbuilddate", FeedField::kUpdated},
    {Vocabulary::kCore, "description", FeedField::kSummary},
    {Vocabulary::kCore, "summary", FeedField::kSummary},
    {Vocabulary::kCore, "abstract", FeedField::kSummary},
    {Vocabulary::kCore, "content", FeedField::kContent},
    {Vocabulary::kCore, "body", FeedField::kContent},
    {Vocabulary::kCore, "fullitem", FeedField::kContent},
    {Vocabulary::kCore, "language", FeedField::kLanguage},
    {Vocabulary::kCore, "ttl", FeedField::kTtl},
    {Vocabulary::kXhtml, "body", FeedField::kContent},
    {Vocabulary::kContent, "encoded", FeedField::kContent},
    {Vocabulary::kDublinCore, "title", FeedField::kOtherTitle},
    {Vocabulary::kDublinCore, "date", FeedField::kUpdated},
    {Vocabulary::kDublinCore, "description", FeedField::kSummary},
    {Vocabulary::kDublinCore, "language", FeedField::kLanguage},
    {Vocabulary::kDcTerms, "issued", FeedField::kPublished},
    {Vocabulary::kDcTerms, "modified", FeedField::kUpdated},
    {Vocabulary::kMedia, "title", FeedField::kOtherTitle},
    {Vocabulary::kSyndication, "updateperiod", FeedField::kUpdatePeriod},
    {Vocabulary::kSyndication, "updatefrequency", FeedField::kUpdateFrequency},
});

}  // namespace

FeedField FeedFieldOf(const XmlReader& reader) {
  const auto known = std::ranges::find_if(kKnown, [&](const Known& entry) {
    return entry.vocabulary == reader.vocabulary() && entry.name == reader.name();
  });
  return known == kKnown.end() ? FeedField::kNone : known->field;
}

FeedText FeedTextOf(const XmlReader& reader, bool plain_by_default) {
  const std::string_view type = reader.attribute("type");
  if (reader.attribute("mode") == "base64" || type == "application/octet-stream") {
    return FeedText::kBase64;
  }
  if (type == "html" || type == "text/html") return FeedText::kHtml;
  if (type == "text" || type == "plain" || type == "text/plain" || type.ends_with("xhtml") ||
      type.ends_with("xhtml+xml"))
    return FeedText::kPlain;
  return plain_by_default ? FeedText::kPlain : FeedText::kGuess;
}

std::string PlainText(std::string_view characters, FeedText kind) {
  if (kind == FeedText::kBase64) {
    std::string decoded;
    if (!absl::Base64Unescape(base::ToAbsl(FoldWhiteSpace(characters)), &decoded)) return "";
    return PlainText(DecodeXml(decoded, "").utf8, FeedText::kGuess);
  }
  const bool html =
      kind == FeedText::kHtml || (kind == FeedText::kGuess && LooksLikeMarkup(characters));
  return html ? TextOfMarkup(characters) : FoldWhiteSpace(characters);
}

}  // namespace sluice::fetch
