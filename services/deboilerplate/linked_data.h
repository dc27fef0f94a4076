#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"

namespace sluice::deboilerplate {

// What a page's JSON-LD says about the article on it (schema.org). Texts are plain, the body's
// paragraphs stand on lines; empty: not said.
struct LinkedData {
  bool article = false;  // One of schema.org's articles or postings.
  bool news = false;     // One that says it is news.
  bool live_blog = false;
  bool listing = false;  // CollectionPage, ItemList or the like.
  bool video = false;
  bool paid = false;  // isAccessibleForFree: false.
  std::string headline;
  std::string description;
  std::string body;
  std::string published;
  std::string modified;
  std::vector<std::string> authors;
  bool authors_are_people = false;  // At least one of them.
  std::string site;
  std::string section;
  std::vector<std::string> keywords;
  std::string language;
  std::string image;
  std::string url;
};

// Reads all scripts of a page. Never fails: what cannot be read says nothing.
LinkedData ReadLinkedData(absl::Span<const std::string> scripts);

}  // namespace sluice::deboilerplate
