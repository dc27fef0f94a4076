#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/deboilerplate/linked_data.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// What is known of a candidate, as numbers: TitleFeatureName tells them apart. The second half is
// the first again where the page says that it is news, else zero: newspapers write their heads for
// readers, magazines and shops for search engines.
constexpr size_t kTitleTraits = 31;
constexpr size_t kTitleFeatures = 2 * kTitleTraits;
std::string TitleFeatureName(size_t feature);

struct TitleCandidate {
  std::string text;
  std::array<float, kTitleFeatures> features = {};
};

struct TitleContext {
  std::string_view site = {};  // Its name; may be empty.
  std::string_view url = {};   // May be empty.
  int first_block = 0;         // Where the article's text begins.
};

// All texts of a page that may be its headline: each source's as it stands, cut at separators and,
// of a heading, at the elements in it. Equal ones (letters and digits) are one candidate. In the
// order in which they were found.
std::vector<TitleCandidate> CollectTitles(const Page& page, const LinkedData& data,
                                          const TitleContext& context);

}  // namespace sluice::deboilerplate
