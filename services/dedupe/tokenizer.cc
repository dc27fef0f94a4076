#include "services/dedupe/tokenizer.h"

#include <array>
#include <bit>

namespace sluice::dedupe {
namespace {

constexpr uint64_t kSeed = 0x9E3779B97F4A7C15;
constexpr uint64_t kStep = 0xD6E8FEB86659FD93;
constexpr uint64_t kMix = 0xC2B2AE3D27D4EB4F;

// What an ASCII character is: its folded form, or 0 where it separates words.
struct AsciiTable {
  std::array<uint8_t, 256> folded{};
  std::array<bool, 256> ends_sentence{};

  constexpr AsciiTable() {
    for (int c = '0'; c <= '9'; ++c) folded[c] = static_cast<uint8_t>(c);
    for (int c = 'a'; c <= 'z'; ++c) folded[c] = static_cast<uint8_t>(c);
    for (int c = 'A'; c <= 'Z'; ++c) folded[c] = static_cast<uint8_t>(c - 'A' + 'a');
    for (const char c : std::string_view(".!?:;\"\n-([")) {
      ends_sentence[static_cast<uint8_t>(c)] = true;
    }
  }
};
constexpr AsciiTable kAscii;

constexpr bool IsDigit(uint8_t c) { return c >= '0' && c <= '9'; }
constexpr bool IsUpper(uint8_t c) { return c >= 'A' && c <= 'Z'; }

// Decodes one character at `at` (which is not ASCII) and says how long it is; 0 bytes: not UTF-8.
struct Decoded {
  char32_t code_point = 0;
  size_t bytes = 0;
};
Decoded Decode(const uint8_t* at, const uint8_t* end) {
  const auto tail = [&](ptrdiff_t i) { return at + i < end && (at[i] & 0xC0) == 0x80; };
  const auto bits = [&](ptrdiff_t i) { return static_cast<char32_t>(at[i] & 0x3F); };
  if (at[0] >= 0xC2 && at[0] <= 0xDF && tail(1)) {
    return {static_cast<char32_t>(at[0] & 0x1F) << 6 | bits(1), 2};
  }
  if ((at[0] & 0xF0) == 0xE0 && tail(1) && tail(2)) {
    const char32_t c = static_cast<char32_t>(at[0] & 0x0F) << 12 | bits(1) << 6 | bits(2);
    if (c >= 0x800 && (c < 0xD800 || c > 0xDFFF)) return {c, 3};
  }
  if (at[0] >= 0xF0 && at[0] <= 0xF4 && tail(1) && tail(2) && tail(3)) {
    const char32_t c =
        static_cast<char32_t>(at[0] & 0x07) << 18 | bits(1) << 12 | bits(2) << 6 | bits(3);
    if (c >= 0x10000 && c <= 0x10FFFF) return {c, 4};
  }
  return {};
}

}  // namespace

void Words::Clear() {
  codes.clear();
  total = 0;
  hash = {};
}

// One pass over one text.
class Tokenizer::Run {
 public:
  Run(const CharacterTable& characters, std::string_view text, size_t words_max, Words& words)
      : characters_(characters),
        at_(reinterpret_cast<const uint8_t*>(text.data())),
        end_(at_ + text.size()),
        words_max_(words_max),
        words_(words) {}

  void All() {
    while (at_ < end_) {
      const uint8_t c = *at_;
      if (kAscii.folded[c] != 0) {
        ideograph_ = 0;
        begins_ = IsDigit(c) ? kFigure : IsUpper(c) && !sentence_start_ ? kName : 0;
        hash_ = kSeed;
        AsciiWord();
      } else if (c < 0x80) {
        ideograph_ = 0;
        sentence_start_ |= kAscii.ends_sentence[c];
        ++at_;
      } else {
        hash_ = kSeed;
        in_word_ = false;
        Wide();
        if (in_word_) AsciiWord();
      }
    }
    words_.hash = {.high = (high_ ^ high_ >> 29) * kMix, .low = (low_ ^ low_ >> 31) * kStep};
  }

 private:
  // The rest of a word that has begun: ASCII quickly, others by the table.
  void AsciiWord() {
    while (true) {
      while (at_ < end_ && kAscii.folded[*at_] != 0) Feed(kAscii.folded[*at_++]);
      if (at_ >= end_) break;
      if (*at_ >= 0x80) {
        in_word_ = true;
        Wide();
        if (!in_word_) return;  // Wide has emitted it.
        continue;
      }
      const bool inside_figure = (begins_ & kFigure) != 0 && (*at_ == '.' || *at_ == ',') &&
                                 end_ - at_ > 1 && IsDigit(at_[1]) && IsDigit(at_[-1]);
      if (!inside_figure) break;
      ++at_;
    }
    EmitWord();
  }

  // One character that is not ASCII; goes on with a word where there is one and begins one where it
  // may. Leaves in_word_ false where no word is open.
  void Wide() {
    const Decoded decoded = Decode(at_, end_);
    at_ += decoded.bytes == 0 ? 1 : decoded.bytes;
    const Character character =
        decoded.bytes == 0 ? Character{} : characters_.Find(decoded.code_point);
    switch (character.type) {
      case CharacterClass::kIgnored:
        return;
      case CharacterClass::kLetter:
      case CharacterClass::kDigit:
        if (!in_word_) Begin(character);
        Feed(character.folded);
        return;
      case CharacterClass::kExpands:
        if (!in_word_) Begin(character);
        for (const char32_t part : characters_.Expansion(decoded.code_point)) Feed(part);
        return;
      case CharacterClass::kIdeograph:
        Close();
        hash_ = kSeed;
        begins_ = 0;
        Feed(ideograph_);
        Feed(character.folded);
        ideograph_ = character.folded;
        EmitWord();
        return;
      case CharacterClass::kSentenceBreak:
      case CharacterClass::kBreak:
        Close();
        ideograph_ = 0;
        sentence_start_ |= character.type == CharacterClass::kSentenceBreak;
        return;
    }
  }

  void Begin(const Character& character) {
    ideograph_ = 0;
    in_word_ = true;
    begins_ = character.type == CharacterClass::kDigit ? kFigure
              : character.upper && !sentence_start_    ? kName
                                                       : 0;
  }

  void Close() {
    if (in_word_) EmitWord();
  }

  void Feed(char32_t folded) { hash_ = (hash_ ^ folded) * kStep; }

  void EmitWord() {
    const uint64_t hash = (hash_ ^ hash_ >> 32) * kMix;
    if (words_.codes.size() < words_max_) {
      words_.codes.push_back(static_cast<WordCode>(hash >> 50) | begins_);
    }
    ++words_.total;
    low_ = (low_ ^ hash) * kStep;
    high_ = std::rotl(high_ + hash, 23) * kMix;
    in_word_ = false;
    sentence_start_ = false;
  }

  const CharacterTable& characters_;
  const uint8_t* at_;
  const uint8_t* end_;
  size_t words_max_;
  Words& words_;
  uint64_t hash_ = kSeed;  // Of the open word.
  WordCode begins_ = 0;    // Marks of the open word.
  bool in_word_ = false;
  bool sentence_start_ = true;
  char32_t ideograph_ = 0;  // The one just before, or 0.
  uint64_t low_ = 0;
  uint64_t high_ = 0;
};

void Tokenizer::Tokenize(std::string_view text, Words& words) const {
  words.Clear();
  words.codes.reserve(std::min(text.size() / 5, words_max_));
  Run(characters_, text, words_max_, words).All();
}

}  // namespace sluice::dedupe
