#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// What the blocks around a block have in common: how far they repeat a pattern of lengths and
// endings, as a list of teasers does (headline, summary, date; headline, ...) and prose does not;
// and how many short ones have cues, as between comments ("Reply", a name, a date).
class Rhythm {
 public:
  static constexpr size_t kLags = 5;
  static constexpr std::array kCuesAround = {Cue::kRelated, Cue::kSubscribe, Cue::kShare,
                                             Cue::kComment, Cue::kPhoto,     Cue::kByline,
                                             Cue::kDate,    Cue::kCommerce};
  struct Counts {
    float before = 0, after = 0;
  };

  // Overwrites what it knew.
  void Learn(const Page& page);
  // For each distance 1 to kLags, the share of the blocks around that are of one kind with the
  // block so far before them.
  std::array<float, kLags> Around(size_t block) const;
  // For each of kCuesAround, the short blocks near the block that have it.
  std::array<Counts, kCuesAround.size()> CuesNear(size_t block) const;

 private:
  using CueCounts = std::array<uint16_t, kCuesAround.size()>;

  std::vector<uint8_t> kinds_;
  std::array<std::vector<uint16_t>, kLags> equal_before_;  // Counts, which wrap round.
  std::vector<CueCounts> cues_before_;                     // The same.
};

}  // namespace sluice::deboilerplate
