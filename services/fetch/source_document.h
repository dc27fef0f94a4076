#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/fetch/http_client.h"
#include "services/fetch/section.h"
#include "sluice/data/v1/source_health.pb.h"

namespace sluice::fetch {

// A page that a source names.
struct SourceItem {
  std::string url = {};  // Normalised.
  std::string registrable_domain = {};
  std::string title = {};  // At most kTitleBytesMax.
  std::optional<absl::Time> published = std::nullopt;
  std::string language = {};  // At most kLanguageBytesMax.
};

// What a feed, a sitemap, a sitemap index or a section says.
struct SourceDocument {
  static constexpr size_t kTitleBytesMax = 1 << 10;

  struct Sitemap {
    std::string url;
    std::optional<absl::Time> modified;
  };

  std::vector<SourceItem> items;  // In the document's order, each URL once; what is no http(s) URL,
                                  // or one over PageVisits::kUrlBytesMax, is left out.
  std::vector<Sitemap> sitemaps;  // Of an index, in the document's order.
  std::string next;               // Of a section: the page that goes on with it, or empty.
  absl::Duration ttl = absl::ZeroDuration();  // As the publisher says.
  bool truncated = false;  // There was more than the limit, or the document was cut off.
};

struct SourceLimits {
  uint64_t bytes_max = 16 << 20;  // Inflated.
  // Of a feed or section the first; of a sitemap the newest by date, and of those without one the
  // first.
  size_t items_max = 10'000;
};

// Reads the body of the answer that `url` gave, a feed, a sitemap or a section by `kind`, gzip or
// not; `rules` are the section's. Any thread. kInvalidArgument: it is none; the message says what
// it is instead. kDataLoss, kResourceExhausted: of the gzip, see Inflater.
absl::StatusOr<SourceDocument> ReadSource(data::v1::SourceKind kind, std::string_view url,
                                          const HttpResponse& response, const SourceLimits& limits,
                                          const SectionRules& rules = {});

}  // namespace sluice::fetch
