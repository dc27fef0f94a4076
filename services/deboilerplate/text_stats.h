#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice::deboilerplate {

// What a word can hint at, whatever the language.
enum class Cue : uint8_t {
  kStop,     // Function words: the mark of prose.
  kRelated,  // More, also, read, recommended.
  kSubscribe,
  kShare,
  kRights,  // Copyright.
  kComment,
  kPhoto,  // Photo credits and agencies.
  kByline,
  kDate,
  kConsent,  // Cookies, privacy, scripts, terms.
  kAdvert,
  kAction,  // Click, download, watch, search.
  kCommerce,
  kContact,
  kStandards,  // Corrections, contributed to, reporting by.
  kCount,
};
inline constexpr size_t kCues = static_cast<size_t>(Cue::kCount);

// How a block ends.
enum class Ending : uint8_t { kNone, kSentence, kColon, kComma, kEllipsis, kCloser };

// Figures of a text, from one pass over its bytes.
struct TextStats {
  uint32_t words = 0;  // CJK characters count half a word, Thai and its like a quarter.
  uint32_t characters = 0;
  uint32_t sentences = 0;  // Sentence ends.
  uint32_t commas = 0;
  uint32_t digits = 0;
  uint32_t capitalised = 0;  // Words that begin with an ASCII capital.
  uint32_t capitals = 0;     // ASCII capitals.
  uint32_t quotes = 0;
  uint32_t symbols = 0;  // | / > # @ * and bullets: separators.
  uint32_t cjk = 0;      // CJK characters.
  std::array<uint16_t, kCues> cues = {};
  uint32_t first_cues = 0;  // Bits of the cues of the first three words.
  uint64_t hash = 0;        // Of its words, case folded (ASCII).
  Ending ending = Ending::kNone;

  bool prose() const { return words >= 10 && (sentences > 0 || words >= 25); }
};

// Words are told by hashes, ASCII case folded; an ideograph is a word of its own. The lowest bits
// say of what kind a word is.
inline constexpr uint32_t kLongWord = 1;  // Five bytes or more.
inline constexpr uint32_t kIdeograph = 2;
inline constexpr size_t kBlockWordsMax = 400;

// Appends the first `words_max` words to `words`, where given.
TextStats Measure(std::string_view text, std::vector<uint32_t>* words = nullptr,
                  size_t words_max = kBlockWordsMax);

}  // namespace sluice::deboilerplate
