#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/deboilerplate/dates.h"

namespace sluice::deboilerplate {

enum class PageKind {
  kArticle,
  kLiveBlog,
  kIndex,
  kMediaStub,
  kConsentWall,
  kPaywallTeaser,
  kErrorPage,
  kEmpty
};

// As in outcomes and in the batch verb: article, live_blog, index, media_stub, consent_wall,
// paywall_teaser, error_page, empty.
std::string_view KindName(PageKind kind);

// What was made of a page. Empty: the page does not say.
struct Article {
  std::string title;  // Without the site's name.
  std::string text;   // A block a line, without the headline.
  std::vector<std::string> authors;
  std::optional<PageDate> published;
  std::optional<PageDate> modified;
  std::string language;  // ISO 639-1.
  std::string site;
  std::string canonical_url;  // As the page writes it; may be relative.
  std::string section;
  std::vector<std::string> tags;
  std::string image_url;
  PageKind kind = PageKind::kEmpty;
  // Of an article or live blog: how much of the text is expected to be right, as F1, calibrated.
  // Of other kinds: how sure the kind is, by rules of thumb. From 0 to 1.
  double confidence = 0;
  bool truncated = false;  // A cap was met.
};

}  // namespace sluice::deboilerplate
