#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "services/deboilerplate/title_candidates.h"
#include "services/deboilerplate/title_words.h"

namespace sluice::deboilerplate {

// A candidate while the page is read.
struct TitleDraft {
  static constexpr int kNoHeading = -1'000'000;

  std::string text;
  std::string key;              // Normalised.
  std::vector<uint32_t> words;  // Sorted hashes.
  // By source: said as a whole, said after a cut.
  std::array<bool, 2 * kTitleSources> found = {};
  bool cut_site = false;  // What was cut off is the site's name.
  bool cut_tail = false;  // Something else behind a bar.
  bool cut_dash = false;  // Behind a dash.
  bool cut_site_front = false;
  bool cut_kicker = false;
  int distance = kNoHeading;  // Blocks from the heading to the text.
  bool first_heading = false;
  bool is_heading = false;
  bool in_head = false;

  bool whole(TitleSource source) const { return found[2 * static_cast<size_t>(source)]; }
  bool cut(TitleSource source) const { return found[2 * static_cast<size_t>(source) + 1]; }
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
