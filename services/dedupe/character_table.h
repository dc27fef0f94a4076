#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace sluice::dedupe {

// What a character means to the tokenizer.
enum class CharacterClass : uint8_t {
  kBreak,          // Between words.
  kSentenceBreak,  // Between words; what follows may be capitalised without being a name.
  kLetter,
  kDigit,
  kIdeograph,  // Of a script that puts no spaces between words.
  kIgnored,    // Accents, joiners, soft hyphens: as if it were not there.
  kExpands,    // Stands for several characters: Expansion has them.
};

struct Character {
  CharacterClass type = CharacterClass::kBreak;
  bool upper = false;
  char32_t folded = 0;  // Compatibility-decomposed, case-folded, without Latin accents.
};

// Classes and foldings of all characters: Unicode's compatibility decomposition and case folding
// (NFKD with case folding, which makes the same texts equal as NFKC does), then without the
// combining accents U+0300 to U+036F, so that a text that lost its accents on the way is still the
// same text. Made once from utf8proc; read only afterwards, by any thread.
class CharacterTable {
 public:
  static const CharacterTable& Get();

  Character Find(char32_t code_point) const {
    if (code_point < kPlane) return Unpack(plane_[code_point]);
    return Classify(code_point, nullptr);
  }
  // Letters and digits that a character of class kExpands stands for.
  std::vector<char32_t> Expansion(char32_t code_point) const;

 private:
  static constexpr char32_t kPlane = 0x10000;

  CharacterTable();
  static Character Classify(char32_t code_point, std::vector<char32_t>* expansion);
  static Character Unpack(uint32_t packed) {
    return {.type = static_cast<CharacterClass>(packed >> 24),
            .upper = (packed & (1U << 23)) != 0,
            .folded = packed & 0x1FFFFF};
  }

  std::unique_ptr<uint32_t[]> plane_;
};

}  // namespace sluice::dedupe
