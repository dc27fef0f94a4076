#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "services/deboilerplate/dates.h"
#include "services/deboilerplate/linked_data.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// What is known of a day on which a page may have been published; DateFeatureName tells them apart.
constexpr size_t kDateFeatures = 11;
std::string_view DateFeatureName(size_t feature);

struct DateCandidate {
  PageDate date;  // The most exact form in which the page says it.
  std::array<float, kDateFeatures> features = {};
  float score = 0;
};

struct DateContext {
  std::string_view url = {};
  int first_block = 0;  // Of the article's text.
  int last_block = 0;
  absl::Time latest = absl::InfiniteFuture();  // Later dates are not believed.
  bool month_first = false;                    // Of figures that could be read either way.
};

// The days on which the page may have been published, likeliest first: from linked data, meta
// elements, marked-up elements, lines around the headline, the address. A day that is only said to
// be one of a change is none of them, unless the page shows no other. A time in UTC that falls on
// another day where the page is read counts for that day too, with the offset that says so. Weights
// are learned by script/train.
std::vector<DateCandidate> RankDates(const Page& page, const LinkedData& data,
                                     const DateContext& context);

// Minutes east of UTC of most of the country whose top-level domain an address has, summer time
// left out. Empty: no country, or one of several zones.
std::optional<int> CountryOffset(std::string_view url);

}  // namespace sluice::deboilerplate
