#include "services/dedupe/page_address.h"

#include <string>

#include "pipeline/base/hash.h"
#include "pipeline/url/normalized_url.h"

namespace sluice::dedupe {

void SetAddress(std::string_view url, Arrival& arrival) {
  const absl::StatusOr<url::NormalizedUrl> normalized = url::NormalizedUrl::Parse(url);
  const uint64_t hash = HashUrl(normalized.ok() ? normalized->text() : url);
  if (hash != 0) arrival.urls = {hash};
  if (normalized.ok()) arrival.site = HashSite(normalized->registrable_domain());
}

uint64_t HashUrl(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (url.starts_with(scheme)) url.remove_prefix(scheme.size());
  }
  if (url.starts_with("www.")) url.remove_prefix(4);
  url = url.substr(0, url.find('#'));
  while (url.ends_with('/')) url.remove_suffix(1);
  if (url.find_first_of("/?") == std::string_view::npos) return 0;
  return base::HashBytes64(url);
}

uint32_t HashSite(std::string_view site) {
  return site.empty() ? 0 : static_cast<uint32_t>(base::HashBytes64(site));
}

}  // namespace sluice::dedupe
