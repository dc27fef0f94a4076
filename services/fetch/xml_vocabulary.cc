#include "services/fetch/xml_vocabulary.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace sluice::fetch {
namespace {

using Known = std::pair<std::string_view, XmlVocabulary>;

// By namespace name, lower case, without a final slash or number sign.
constexpr auto kNamespaces = std::to_array<Known>({
    {"http://www.w3.org/2005/atom", XmlVocabulary::kCore},
    {"http://purl.org/atom/ns", XmlVocabulary::kCore},
    {"http://purl.org/rss/1.0", XmlVocabulary::kCore},
    {"http://my.netscape.com/rdf/simple/0.9", XmlVocabulary::kCore},
    {"http://channel.netscape.com/rdf/simple/0.9", XmlVocabulary::kCore},
    {"http://backend.userland.com/rss", XmlVocabulary::kCore},
    {"http://backend.userland.com/rss2", XmlVocabulary::kCore},
    {"http://blogs.law.harvard.edu/tech/rss", XmlVocabulary::kCore},
    {"http://purl.org/net/rss1.1", XmlVocabulary::kCore},
    {"http://www.sitemaps.org/schemas/sitemap/0.9", XmlVocabulary::kCore},
    {"https://www.sitemaps.org/schemas/sitemap/0.9", XmlVocabulary::kCore},
    {"http://www.google.com/schemas/sitemap/0.84", XmlVocabulary::kCore},
    {"http://www.google.com/schemas/sitemap/0.9", XmlVocabulary::kCore},
    {"http://www.w3.org/1999/xhtml", XmlVocabulary::kXhtml},
    {"http://www.w3.org/1999/02/22-rdf-syntax-ns", XmlVocabulary::kRdf},
    {"http://purl.org/dc/elements/1.1", XmlVocabulary::kDublinCore},
    {"http://purl.org/dc/elements/1.0", XmlVocabulary::kDublinCore},
    {"http://purl.org/dc/terms", XmlVocabulary::kDcTerms},
    {"http://purl.org/rss/1.0/modules/content", XmlVocabulary::kContent},
    {"http://search.yahoo.com/mrss", XmlVocabulary::kMedia},
    {"http://purl.org/rss/1.0/modules/syndication", XmlVocabulary::kSyndication},
    {"http://www.google.com/schemas/sitemap-news/0.9", XmlVocabulary::kNews},
    {"https://www.google.com/schemas/sitemap-news/0.9", XmlVocabulary::kNews},
});

// By prefix, for documents that forgot to declare it.
constexpr auto kPrefixes = std::to_array<Known>({
    {"", XmlVocabulary::kCore},
    {"atom", XmlVocabulary::kCore},
    {"rss", XmlVocabulary::kCore},
    {"xhtml", XmlVocabulary::kXhtml},
    {"rdf", XmlVocabulary::kRdf},
    {"dc", XmlVocabulary::kDublinCore},
    {"dcterms", XmlVocabulary::kDcTerms},
    {"content", XmlVocabulary::kContent},
    {"media", XmlVocabulary::kMedia},
    {"sy", XmlVocabulary::kSyndication},
    {"news", XmlVocabulary::kNews},
});

template <size_t N>
XmlVocabulary Find(const std::array<Known, N>& known, std::string_view key) {
  const auto found = std::ranges::find(known, key, &Known::first);
  return found == known.end() ? XmlVocabulary::kOther : found->second;
}

}  // namespace

XmlVocabulary VocabularyOfNamespace(std::string_view uri, std::string_view prefix) {
  std::string lower(uri);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  while (lower.ends_with('/') || lower.ends_with('#')) lower.pop_back();
  const XmlVocabulary vocabulary = Find(kNamespaces, lower);
  const bool core = vocabulary == XmlVocabulary::kOther && prefix.empty();
  return core ? XmlVocabulary::kCore : vocabulary;
}

XmlVocabulary VocabularyOfPrefix(std::string_view prefix) { return Find(kPrefixes, prefix); }

}  // namespace sluice::fetch
