#include "services/fetch/source_document.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <utility>

#include "pipeline/base/hash.h"
#include "pipeline/base/strings.h"
#include "pipeline/base/utf8.h"
#include "pipeline/codec/inflate.h"
#include "pipeline/url/normalized_url.h"
#include "pipeline/url/url.h"
#include "services/fetch/feed.h"
#include "services/fetch/page_visits.h"
#include "services/fetch/sitemap.h"

namespace sluice::fetch {
namespace {

void Name(const url::NormalizedUrl& url, SourceItem& item) {
  item.url = url.text();
  item.registrable_domain = url.registrable_domain();
}

// Gathers items, each URL once.
class Items {
 public:
  Items(const url::Url* base, SourceDocument& document) : base_(base), document_(&document) {}

  void Add(std::string_view link, SourceItem item) {
    const auto url = base_ == nullptr ? url::NormalizedUrl::Parse(link)
                                      : url::NormalizedUrl::Parse(link, *base_);
    if (!url.ok() || url->text().size() > PageVisits::kUrlBytesMax) return;
    if (!seen_.insert(base::HashBytes(url->text())).second) return;
    Name(*url, item);
    item.title = base::ToValidUtf8(item.title, SourceDocument::kTitleBytesMax);
    document_->items.push_back(std::move(item));
  }

 private:
  const url::Url* base_;      // Not owned; nullptr: there is none.
  SourceDocument* document_;  // Not owned.
  std::set<base::Hash128> seen_;
};

absl::StatusOr<SourceDocument> ReadFeed(std::string_view body, std::string_view url,
                                        const HttpResponse& response, const SourceLimits& limits) {
  auto feed = ParseFeed({.body = body,
                         .url = url,
                         .content_type = response.content_type,
                         .content_location = {},
                         .content_language = response.content_language},
                        {.bytes_max = limits.bytes_max,
                         .entries_max = limits.items_max,
                         .field_bytes_max = PageVisits::kUrlBytesMax});
  if (!feed.ok()) return feed.status();
  SourceDocument document;
  document.truncated = feed->truncated;
  document.ttl = feed->update_interval.value_or(absl::ZeroDuration());
  const auto base = url::Url::Parse(url);
  Items items(base.ok() ? &*base : nullptr, document);
  for (FeedEntry& entry : feed->entries) {
    if (entry.link.empty()) continue;
    items.Add(entry.link,
              {.title = std::move(entry.title),
               .published = entry.published.has_value() ? entry.published : entry.updated,
               .language = std::move(entry.language)});
  }
  return document;
}

// Some list the oldest first: what is left out is not to be what is new. In the document's order.
void KeepNewest(std::vector<SourceItem>& items, size_t items_max) {
  std::vector<size_t> order(items.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto newer = [&](size_t a, size_t b) {
    const absl::Time of_a = items[a].published.value_or(absl::InfinitePast());
    const absl::Time of_b = items[b].published.value_or(absl::InfinitePast());
    return of_a != of_b ? of_a > of_b : a < b;
  };
  std::ranges::nth_element(order, order.begin() + static_cast<ptrdiff_t>(items_max), newer);
  order.resize(items_max);
  std::ranges::sort(order);
  std::vector<SourceItem> kept;
  kept.reserve(items_max);
  for (const size_t i : order) kept.push_back(std::move(items[i]));
  items = std::move(kept);
}

absl::StatusOr<SourceDocument> ReadSitemap(std::string_view body, std::string_view url,
                                           const HttpResponse& response,
                                           const SourceLimits& limits) {
  auto sitemap = ParseSitemap(body, response.content_type, {.bytes_max = limits.bytes_max});
  if (!sitemap.ok()) return sitemap.status();
  SourceDocument document;
  document.truncated = sitemap->truncated;
  const auto base = url::Url::Parse(url);
  Items items(base.ok() ? &*base : nullptr, document);
  for (SitemapEntry& entry : sitemap->entries) {
    if (!sitemap->is_index) {
      items.Add(entry.loc,
                {.title = std::move(entry.news_title),
                 .published = entry.news_date.has_value() ? entry.news_date : entry.lastmod,
                 .language = std::move(entry.news_language)});
      continue;
    }
    const auto part = base.ok() ? url::Url::Parse(entry.loc, *base) : url::Url::Parse(entry.loc);
    if (!part.ok() || !part->IsHttp() || part->HasCredentials()) continue;
    document.sitemaps.push_back(
        {.url = part->href().substr(0, part->href().find('#')), .modified = entry.lastmod});
  }
  if (document.items.size() > limits.items_max) {
    KeepNewest(document.items, limits.items_max);
    document.truncated = true;
  }
  return document;
}

// What a link is called is often "read more", so its story is left to say its own title.
absl::StatusOr<SourceDocument> ReadSection(std::string_view body, std::string_view url,
                                           const HttpResponse& response, const SourceLimits& limits,
                                           const SectionRules& rules) {
  auto section = ParseSection(body, url, response.content_type, rules,
                              {.bytes_max = limits.bytes_max,
                               .stories_max = limits.items_max,
                               .url_bytes_max = PageVisits::kUrlBytesMax});
  if (!section.ok()) return section.status();
  SourceDocument document;
  document.truncated = section->truncated;
  document.next = std::move(section->next);
  document.items.reserve(section->stories.size());
  for (const url::NormalizedUrl& story : section->stories) {
    Name(story, document.items.emplace_back());
  }
  return document;
}

}  // namespace

absl::StatusOr<SourceDocument> ReadSource(data::v1::SourceKind kind, std::string_view url,
                                          const HttpResponse& response, const SourceLimits& limits,
                                          const SectionRules& rules) {
  std::string_view body = response.body;
  std::string inflated;
  // A coding of the transfer, and then perhaps a file that is a gzip itself.
  for (int layer = 0; layer < 2 && codec::IsGzip(body); ++layer) {
    absl::StatusOr<std::string> result =
        codec::Inflate(body, codec::ContentCoding::kGzip, {.bytes_max = limits.bytes_max});
    if (!result.ok()) return result.status();
    inflated = *std::move(result);
    body = inflated;
  }
  if (kind == data::v1::SOURCE_KIND_SITEMAP) return ReadSitemap(body, url, response, limits);
  if (kind == data::v1::SOURCE_KIND_SECTION) {
    return ReadSection(body, url, response, limits, rules);
  }
  return ReadFeed(body, url, response, limits);
}

}  // namespace sluice::fetch
