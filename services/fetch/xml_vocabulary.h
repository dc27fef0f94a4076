#pragma once

#include <string_view>

namespace sluice::fetch {

// The namespaces that feeds and sitemaps use, by what they are good for.
enum class XmlVocabulary {
  kCore,  // RSS, Atom, CDF and sitemaps, and whatever has no prefix and is none of the others.
  kXhtml,
  kRdf,
  kDublinCore,
  kDcTerms,
  kContent,
  kMedia,
  kSyndication,
  kNews,
  kOther,
};

// Of a namespace name that is bound to `prefix`, which may be empty.
XmlVocabulary VocabularyOfNamespace(std::string_view uri, std::string_view prefix);

// Of a prefix that the document forgot to bind.
XmlVocabulary VocabularyOfPrefix(std::string_view prefix);

}  // namespace sluice::fetch
