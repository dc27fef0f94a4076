#include "services/dedupe/page_address.h"

#include <string>

#include "pipeline/url/normalized_url.h"

namespace sluice::dedupe {

void SetAddress(std::string_view url, Arrival& arrival) {
  const absl::StatusOr<url::NormalizedUrl> normalized = url::NormalizedUrl::Parse(url);
  const uint64_t hash = Deduper::HashUrl(normalized.ok() ? normalized->text() : url);
  if (hash != 0) arrival.urls = {hash};
  if (normalized.ok()) arrival.site = HashSite(normalized->registrable_domain());
}

uint32_t HashSite(std::string_view site) {
  return site.empty() ? 0 : static_cast<uint32_t>(base::HashBytes64(site));
}

}  // namespace sluice::dedupe
