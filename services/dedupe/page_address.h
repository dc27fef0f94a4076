#pragma once

#include <cstdint>
#include <string_view>

#include "services/dedupe/arrival.h"

namespace sluice::dedupe {

// Sets `urls` and `site` of a page that did not come through the pipeline as they would be there:
// by the URL's one spelling and its registrable domain. What is no web address counts as it is
// written, without a site; an empty one for nothing.
void SetAddress(std::string_view url, Arrival& arrival);

// How a page is known, by its URL without scheme, www, fragment and slashes at the end. 0: empty,
// or a site's root, which names no page of its own.
uint64_t HashUrl(std::string_view url);

// How a site is known, by its registrable domain or host. 0: empty.
uint32_t HashSite(std::string_view site);

}  // namespace sluice::dedupe
