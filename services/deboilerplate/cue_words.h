#pragma once

#include <cstdint>

#include "services/deboilerplate/text_stats.h"

namespace sluice::deboilerplate {

constexpr uint32_t CueBit(Cue cue) { return 1U << static_cast<uint32_t>(cue); }

inline constexpr uint32_t kCueWordBytesMax = 24;

// Bits of the cues of a word, by its hash (WordStep, ASCII letters in lower case); 0: none.
uint32_t FindCues(uint32_t word_hash);

// Bits of the cues of two CJK characters that follow each other; `first` may be null. Each points
// at 3 bytes or more.
uint32_t FindCjkCue(const uint8_t* first, const uint8_t* second);

}  // namespace sluice::deboilerplate
