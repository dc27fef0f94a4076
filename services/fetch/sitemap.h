#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace sluice::fetch {

// What a sitemap says of one page, or a sitemap index of one sitemap.
struct SitemapEntry {
  std::string loc;  // As written, white space off; not checked: give it to NormalizedUrl.
  std::optional<absl::Time> lastmod;
  // Of Google's news extension; empty without it.
  std::string news_title;
  std::string news_name;  // Of the publication.
  std::string news_language;
  std::optional<absl::Time> news_date;
};

struct Sitemap {
  bool is_index = false;  // The entries are sitemaps.
  std::vector<SitemapEntry> entries;
  bool truncated = false;  // The document was cut off, or there were more entries than the limit.
};

struct SitemapLimits {
  size_t bytes_max = 50 << 20;  // sitemaps.org's limits.
  size_t entries_max = 50'000;
  size_t field_bytes_max = 16 << 10;
};

// Reads a sitemap or a sitemap index (sitemaps.org 0.9 and the older namespaces, or none), with the
// news extension, also where the XML is ill formed, and text sitemaps (a URL a line). `bytes` are
// inflated already (inflate.h); `content_type` is the response's header, may be empty.  Any thread.
// kInvalidArgument: no sitemap, or over bytes_max; the message says what it is instead.
absl::StatusOr<Sitemap> ParseSitemap(std::string_view bytes, std::string_view content_type,
                                     const SitemapLimits& limits);

}  // namespace sluice::fetch
