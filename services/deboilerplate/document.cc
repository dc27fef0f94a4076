#include "services/deboilerplate/document.h"

#include "pipeline/base/proto_time.h"
#include "pipeline/base/utf8.h"
#include "pipeline/url/normalized_url.h"
#include "services/deboilerplate/extractor.h"

namespace sluice::deboilerplate {
namespace {

data::v1::PageKind ToProto(PageKind kind) {
  switch (kind) {
    case PageKind::kArticle:
      return data::v1::PAGE_KIND_ARTICLE;
    case PageKind::kLiveBlog:
      return data::v1::PAGE_KIND_LIVE_BLOG;
    case PageKind::kIndex:
      return data::v1::PAGE_KIND_INDEX;
    case PageKind::kMediaStub:
      return data::v1::PAGE_KIND_MEDIA_STUB;
    case PageKind::kConsentWall:
      return data::v1::PAGE_KIND_CONSENT_WALL;
    case PageKind::kPaywallTeaser:
      return data::v1::PAGE_KIND_PAYWALL_TEASER;
    case PageKind::kErrorPage:
      return data::v1::PAGE_KIND_ERROR_PAGE;
    case PageKind::kEmpty:
      return data::v1::PAGE_KIND_EMPTY;
  }
  return data::v1::PAGE_KIND_UNSPECIFIED;
}

// Empty: not an address of the web.
std::string Resolve(std::string_view address, std::string_view page_url) {
  if (address.empty()) return {};
  const absl::StatusOr<url::Url> page = url::Url::Parse(page_url);
  const auto resolved =
      page.ok() ? url::NormalizedUrl::Parse(address, *page) : url::NormalizedUrl::Parse(address);
  return resolved.ok() ? resolved->text() : std::string();
}

}  // namespace

void WriteArticle(const Article& article, std::string_view page_url, data::v1::Document& document) {
  document.set_canonical_url(Resolve(article.canonical_url, page_url));
  document.set_title(base::ToValidUtf8(article.title));
  document.set_text(base::ToValidUtf8(article.text));
  for (const std::string& author : article.authors) {
    document.add_authors(base::ToValidUtf8(author));
  }
  if (article.published.has_value())
    *document.mutable_published() = base::ToProto(article.published->ToTime());
  if (article.modified.has_value())
    *document.mutable_modified() = base::ToProto(article.modified->ToTime());
  document.set_language(base::ToValidUtf8(article.language));
  document.set_site(base::ToValidUtf8(article.site));
  document.set_section(base::ToValidUtf8(article.section));
  for (const std::string& tag : article.tags) document.add_tags(base::ToValidUtf8(tag));
  document.set_image_url(Resolve(article.image_url, page_url));
  document.set_kind(ToProto(article.kind));
  document.set_confidence(article.confidence);
  document.set_extractor_version(Extractor::kVersion);
}

}  // namespace sluice::deboilerplate
