#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/deboilerplate/extractor.h"
#include "sluice/state/v1/deboilerplate.pb.h"

namespace sluice::deboilerplate {

// What a site's pages have in common: lines that stood in the text of several of its pages are the
// site's, not the story's. A pure value of at most 4 KB; the same pages in the same order leave the
// same memory.
class SiteMemory {
 public:
  static constexpr size_t kLinesMax = 896;
  static constexpr size_t kPagesMax = 64;
  static constexpr uint32_t kCountMax = 63;
  static constexpr uint32_t kRepeatsMin = 2;  // Other pages that had the line.
  static constexpr float kSureMin = 0.9F;  // A line that is so surely story stays, repeated or not.

  SiteMemory() = default;
  explicit SiteMemory(const state::v1::SiteMemory& row);
  state::v1::SiteMemory ToRow(absl::Time now) const;

  // Whether a line is the site's: it stood on enough other pages, and is not surely story.
  bool IsOfSite(const Extractor::Line& line) const;

  // A text without the lines that are the site's; the text itself where nothing would be left: a
  // page is never emptied by what is known of others.
  std::string Without(std::string_view text, absl::Span<const Extractor::Line> lines) const;

  // Counts the lines of a page once; a page among the last kPagesMax that is seen again changes
  // nothing. The oldest lines go.
  void Learn(std::string_view url, absl::Span<const Extractor::Line> lines);

 private:
  struct Seen {
    uint32_t hash = 0;  // 26 bits.
    uint32_t count = 0;
  };
  std::vector<Seen> lines_;  // Oldest first.
  std::vector<uint32_t> pages_;
};

}  // namespace sluice::deboilerplate
