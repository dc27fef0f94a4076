#include "services/deboilerplate/rhythm.h"

#include <algorithm>

namespace sluice::deboilerplate {
namespace {

constexpr size_t kReach = 9;
constexpr size_t kCueReach = 6;
constexpr uint32_t kShortWordsMax = 9;

// Lengths on a coarse scale, endings and whether there are digits.
uint8_t KindOf(const Block& block) {
  const uint32_t words = block.stats.words;
  const int length = words < 2    ? 0
                     : words < 4  ? 1
                     : words < 8  ? 2
                     : words < 15 ? 3
                     : words < 30 ? 4
                                  : 5;
  return static_cast<uint8_t>(length * 16 + static_cast<int>(block.stats.ending) * 2 +
                              (block.stats.digits > 0 ? 1 : 0));
}

}  // namespace

void Rhythm::Learn(const Page& page) {
  const size_t n = page.blocks.size();
  kinds_.resize(n);
  for (size_t i = 0; i < n; ++i) kinds_[i] = KindOf(page.blocks[i]);
  for (size_t lag = 1; lag <= kLags; ++lag) {
    std::vector<uint16_t>& equal = equal_before_[lag - 1];
    equal.resize(n + 1);
    uint16_t count = 0;
    for (size_t i = 0; i < n; ++i) {
      equal[i] = count;
      if (i >= lag && kinds_[i] == kinds_[i - lag]) ++count;
    }
    equal[n] = count;
  }
  cues_before_.resize(n + 1);
  CueCounts counts = {};
  for (size_t i = 0; i < n; ++i) {
    cues_before_[i] = counts;
    const TextStats& stats = page.blocks[i].stats;
    if (stats.words > kShortWordsMax) continue;
    for (size_t cue = 0; cue < counts.size(); ++cue) {
      if (stats.cues[static_cast<size_t>(kCuesAround[cue])] > 0) ++counts[cue];
    }
  }
  cues_before_[n] = counts;
}

std::array<float, Rhythm::kLags> Rhythm::Around(size_t block) const {
  const size_t from = block < kReach ? 0 : block - kReach;
  const size_t to = std::min(kinds_.size(), block + kReach + 1);
  std::array<float, kLags> out;
  for (size_t lag = 0; lag < kLags; ++lag) {
    const auto equal = static_cast<uint16_t>(equal_before_[lag][to] - equal_before_[lag][from]);
    out[lag] = static_cast<float>(equal) / static_cast<float>(to - from);
  }
  return out;
}

std::array<Rhythm::Counts, Rhythm::kCuesAround.size()> Rhythm::CuesNear(size_t block) const {
  const CueCounts& from = cues_before_[block < kCueReach ? 0 : block - kCueReach];
  const CueCounts& here = cues_before_[block];
  const CueCounts& behind = cues_before_[block + 1];
  const CueCounts& to = cues_before_[std::min(kinds_.size(), block + kCueReach + 1)];
  std::array<Counts, kCuesAround.size()> out;
  for (size_t cue = 0; cue < out.size(); ++cue) {
    out[cue] = {static_cast<float>(static_cast<uint16_t>(here[cue] - from[cue])),
                static_cast<float>(static_cast<uint16_t>(to[cue] - behind[cue]))};
  }
  return out;
}

}  // namespace sluice::deboilerplate
