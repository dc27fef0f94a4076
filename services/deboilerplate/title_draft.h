#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/deboilerplate/heading_place.h"
#include "services/deboilerplate/title_candidates.h"
#include "services/deboilerplate/title_words.h"

namespace sluice::deboilerplate {

// Where a page says its headline.
enum class TitleSource : uint8_t {
  kLinkedData,
  kOpenGraph,
  kTwitter,
  kTitleElement,
  kOtherMeta,
  kFirstHeading,   // h1
  kMenuHeading,    // h1 in navigation, or all of it a link.
  kSecondHeading,  // h2
  kMarked,         // itemprop="headline"
  kNamed,          // A class or id that says headline or title.
};
constexpr size_t kTitleSources = 10;

// A candidate while the page is read.
struct TitleDraft {
  static constexpr int kNoHeading = -1'000'000;

  std::string text;
  std::string key;              // Normalised.
  std::vector<uint32_t> words;  // Sorted hashes.
  // By source: said as a whole, said after a cut.
  std::array<bool, 2 * kTitleSources> found = {};
  bool cut_site = false;      // What was cut off is the site's name.
  bool ends_heading = false;  // The end of a heading, from an element's begin or end on.
  int distance = kNoHeading;  // Blocks from the heading to the text.
  std::optional<HeadingPlace> place;
  bool first_heading = false;
  bool is_heading = false;  // Not one of a menu, and no link.
  bool in_head = false;

  bool whole(TitleSource source) const { return found[2 * static_cast<size_t>(source)]; }
  bool cut(TitleSource source) const { return found[2 * static_cast<size_t>(source) + 1]; }
  // As a whole, but for the site's name.
  bool said(TitleSource source) const { return whole(source) || (cut(source) && cut_site); }
  // By the page's head in so many words.
  bool said_in_head() const {
    return said(TitleSource::kLinkedData) || said(TitleSource::kOpenGraph) ||
           said(TitleSource::kTwitter) || said(TitleSource::kTitleElement);
  }
  bool is_whole_heading() const {
    return whole(TitleSource::kFirstHeading) || whole(TitleSource::kMenuHeading) ||
           whole(TitleSource::kSecondHeading);
  }
};

// What all drafts of a page share.
struct TitleSurroundings {
  const Page& page;
  const TitleContext& context;
  const SiteKeys& keys;
  bool news = false;              // The page says that it is news.
  bool several_headings = false;  // First headings that differ.
};

// The features of each draft, in order.
std::vector<TitleCandidate> ToCandidates(const TitleSurroundings& surroundings,
                                         const std::vector<TitleDraft>& drafts);

}  // namespace sluice::deboilerplate
