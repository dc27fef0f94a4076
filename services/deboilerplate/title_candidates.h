#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/deboilerplate/linked_data.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// Where a page says its headline.
enum class TitleSource : uint8_t {
  kLinkedData,
  kOpenGraph,
  kTwitter,
  kTitleElement,
  kOtherMeta,
  kFirstHeading,   // h1
  kSecondHeading,  // h2
  kMarked,         // itemprop="headline"
  kNamed,          // A class or id that says headline or title.
};
constexpr size_t kTitleSources = 9;

// What is known of a candidate, as numbers; TitleFeatureName tells them apart.
constexpr size_t kTitleFeatures = 63;
std::string_view TitleFeatureName(size_t feature);

struct TitleCandidate {
  std::string text;
  std::array<float, kTitleFeatures> features = {};
};

struct TitleContext {
  std::string_view site = {};  // Its name; may be empty.
  std::string_view url = {};   // May be empty.
  int first_block = 0;         // Where the article's text begins.
};

// All texts of a page that may be its headline: each source's as it stands, and cut at separators.
// Equal ones (letters and digits) are one candidate. In the order in which they were found.
std::vector<TitleCandidate> CollectTitles(const Page& page, const LinkedData& data,
                                          const TitleContext& context);

}  // namespace sluice::deboilerplate
