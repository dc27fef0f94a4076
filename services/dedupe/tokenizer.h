#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "pipeline/base/hash.h"
#include "services/dedupe/character_table.h"

namespace sluice::dedupe {

// A word in 16 bits: a hash of 14, and two marks for the guards. Five words in a row are 70 bits,
// so runs of words are told apart for certain, single words nearly so.
using WordCode = uint16_t;
inline constexpr WordCode kWordHash = 0x3FFF;
inline constexpr WordCode kFigure = 0x4000;  // Begins with a digit.
inline constexpr WordCode kName = 0x8000;    // Capitalised within a sentence.

struct Words {
  std::vector<WordCode> codes;  // In the order of the text; at most the tokenizer's limit.
  size_t total = 0;             // Of the whole text.
  base::Hash128 hash;           // Of all words of the text, without the marks.

  void Clear();
};

// Cuts text into words, folded by CharacterTable: letter case, accents, width, punctuation and
// spacing make no difference. A figure keeps its inner points and commas together (1,250.50 is one
// word). In scripts without spaces a word is a pair of neighbouring characters, so that three words
// in a row are the character 4-grams. Any bytes are accepted; what is not UTF-8 separates words.
//
// Any thread; linear in the text.
class Tokenizer {
 public:
  explicit Tokenizer(size_t words_max) : words_max_(words_max) {}

  // Replaces what `words` held.
  void Tokenize(std::string_view text, Words& words) const;

 private:
  class Run;

  size_t words_max_;
  const CharacterTable& characters_ = CharacterTable::Get();
};

}  // namespace sluice::dedupe
