#include <algorithm>

#include "pipeline/base/strings.h"
#include "pipeline/base/version.h"
#include "services/feed/renderings.h"

namespace sluice::feed {
namespace {

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", time, absl::UTCTimeZone());
}

// 32 hex digits as a urn:uuid, which every reader takes for an id.
std::string Urn(const std::string& id) {
  if (id.size() != 32) return "urn:sluice:" + EscapeMarkup(id);
  return fmt::format("urn:uuid:{}-{}-{}-{}-{}", id.substr(0, 8), id.substr(8, 4), id.substr(12, 4),
                     id.substr(16, 4), id.substr(20));
}

// U+FFFE and U+FFFF, which XML does not allow.
bool IsNoncharacter(std::string_view text, size_t at) {
  return text.substr(at, 2) == "\xef\xbf" && at + 2 < text.size() &&
         static_cast<uint8_t>(text[at + 2]) >= 0xbe;
}

std::string RenderEntry(const Article& article) {
  std::string entry = article.language.empty() ? std::string("  <entry>\n")
                                               : fmt::format("  <entry xml:lang=\"{}\">\n",
                                                             EscapeMarkup(article.language));
  entry += fmt::format("    <id>{}</id>\n    <title>{}</title>\n    <updated>{}</updated>\n",
                       Urn(article.id), EscapeMarkup(article.title), Rfc3339(article.event_time));
  if (article.published != absl::InfinitePast()) {
    entry += fmt::format("    <published>{}</published>\n", Rfc3339(article.published));
  }
  if (!article.url.empty()) {
    entry += fmt::format("    <link rel=\"alternate\" href=\"{}\"/>\n", EscapeMarkup(article.url));
  }
  std::vector<std::string> authors = article.authors;
  if (authors.empty() && !article.site.empty()) authors.push_back(article.site);
  for (const std::string& author : authors) {
    entry += fmt::format("    <author><name>{}</name></author>\n", EscapeMarkup(author));
  }
  std::vector<std::string> terms = article.tags;
  if (!article.topic.empty()) terms.insert(terms.begin(), article.topic);
  for (const std::string& term : terms) {
    entry += fmt::format("    <category term=\"{}\"/>\n", EscapeMarkup(term));
  }
  entry += fmt::format("    <summary>{}</summary>\n  </entry>\n", EscapeMarkup(article.excerpt));
  return entry;
}

}  // namespace

std::string EscapeMarkup(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size() + text.size() / 8);
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<uint8_t>(c);
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        if (IsNoncharacter(text, i)) {
          i += 2;
        } else if (byte >= 0x20 || c == '\n' || c == '\t') {
          escaped += c;
        }
    }
  }
  return escaped;
}

std::string RenderAtom(const Channel& channel, const std::vector<Article>& articles) {
  absl::Time updated = articles.empty() ? channel.updated : articles.front().event_time;
  for (const Article& article : articles) updated = std::max(updated, article.event_time);
  const std::string title = EscapeMarkup(channel.title);
  const std::string base = EscapeMarkup(channel.public_url);
  std::string feed =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
      "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n";
  feed += fmt::format("  <id>{}</id>\n  <title>{}</title>\n  <updated>{}</updated>\n",
                      base.empty() ? std::string("urn:sluice:feed") : base + "/feed.atom", title,
                      Rfc3339(updated));
  feed += fmt::format(
      "  <author><name>{}</name></author>\n  <generator version=\"{}\">Sluice</generator>\n", title,
      base::kVersion);
  if (!base.empty()) {
    feed += fmt::format(
        "  <link rel=\"self\" type=\"application/atom+xml\" href=\"{0}/feed.atom\"/>\n"
        "  <link rel=\"alternate\" type=\"text/html\" href=\"{0}/\"/>\n",
        base);
  }
  for (const Article& article : articles) feed += RenderEntry(article);
  return feed + "</feed>\n";
}

}  // namespace sluice::feed
