#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/url/normalized_url.h"
#include "services/fetch/link_pattern.h"

namespace sluice::fetch {

// Which links of a section are stories.
struct SectionRules {
  std::vector<LinkPattern> links;   // Those that one of these matches; none given: those of the own
                                    // site that look like stories.
  std::vector<LinkPattern> except;  // But for these.
};

struct SectionLimits {
  size_t bytes_max = 16 << 20;
  size_t stories_max = 10'000;  // Later ones are left out.
  size_t links_max = 10'000;    // What is looked at.
  size_t url_bytes_max = 8 << 10;
};

// A page that lists stories.
struct Section {
  std::vector<url::NormalizedUrl>
      stories;       // In the page's order, each once; never the page itself.
  std::string next;  // URL of the page that goes on with the list, on the same site; or empty.
  bool truncated = false;  // There were more links than the limits.
};

// Reads the HTML page of `url`, where it was found after redirects; `content_type` is the
// response's header, may be empty. Relative links are resolved as browsers do. Links whose rel says
// nofollow, sponsored or ugc are left out. Any thread. Linear in time.
// kInvalidArgument: there is no story in it; the message says what there is instead.
absl::StatusOr<Section> ParseSection(std::string_view html, std::string_view url,
                                     std::string_view content_type, const SectionRules& rules,
                                     const SectionLimits& limits);

}  // namespace sluice::fetch
