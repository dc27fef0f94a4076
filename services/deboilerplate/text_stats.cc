#include "services/deboilerplate/text_stats.h"

#include <algorithm>
#include <cstddef>

#include "services/deboilerplate/cue_words.h"
#include "services/deboilerplate/word_table.h"

namespace sluice::deboilerplate {
namespace {

enum Class : uint8_t {
  kOther,
  kBlank,
  kLetter,
  kUpper,
  kDigit,
  kEnd,
  kComma,
  kQuote,
  kSymbol,
  kHigh
};

constexpr std::array<uint8_t, 256> MakeClasses() {
  std::array<uint8_t, 256> table = {};
  for (int c = 0; c < 256; ++c) table[c] = c >= 0x80 ? kHigh : kOther;
  for (int c = 'a'; c <= 'z'; ++c) table[c] = kLetter;
  for (int c = 'A'; c <= 'Z'; ++c) table[c] = kUpper;
  for (int c = '0'; c <= '9'; ++c) table[c] = kDigit;
  for (const char c : {' ', '\t', '\n', '\r', '\f'}) table[static_cast<uint8_t>(c)] = kBlank;
  for (const char c : {'.', '!', '?'}) table[static_cast<uint8_t>(c)] = kEnd;
  for (const char c : {',', ';'}) table[static_cast<uint8_t>(c)] = kComma;
  for (const char c : {'"', '\''}) table[static_cast<uint8_t>(c)] = kQuote;
  for (const char c : {'|', '/', '>', '<', '#', '@', '*', '+', '=', '~', '_', '\\'})
    table[static_cast<uint8_t>(c)] = kSymbol;
  return table;
}
constexpr auto kClasses = MakeClasses();

// A character beyond ASCII, as far as this pass cares.
enum class Wide : uint8_t {
  kLetter,
  kBlank,
  kEnd,
  kComma,
  kQuote,
  kSymbol,
  kOther,
  kIdeograph,
  kUnspaced
};

struct Decoded {
  Wide kind;
  uint8_t bytes;
};

// General punctuation, U+2000 to U+206F, by its last two bytes.
Wide PunctuationKind(uint8_t second, uint8_t third) {
  if (second == 0x80) {
    if (third <= 0x8A || third == 0xAF) return Wide::kBlank;
    if (third >= 0x98 && third <= 0x9F) return Wide::kQuote;
    if (third == 0xA6) return Wide::kEnd;
    if (third == 0xA2) return Wide::kSymbol;
    if (third == 0xB9 || third == 0xBA) return Wide::kQuote;
  }
  return Wide::kOther;
}

Wide ThreeByteKind(uint8_t first, uint8_t second, uint8_t third) {
  switch (first) {
    case 0xE0:
      if (second == 0xA5 && third == 0xA4) return Wide::kEnd;                     // Danda.
      return second >= 0xB8 && second <= 0xBB ? Wide::kUnspaced : Wide::kLetter;  // Thai, Lao.
    case 0xE1:
      return (second >= 0x80 && second <= 0x82) || second == 0x9E || second == 0x9F
                 ? Wide::kUnspaced
                 : Wide::kLetter;
    case 0xE2:
      if (second <= 0x81) return PunctuationKind(second, third);
      return second >= 0x86 && second <= 0xAF ? Wide::kSymbol : Wide::kOther;
    case 0xE3:
      if (second == 0x80) {
        if (third == 0x82) return Wide::kEnd;
        if (third == 0x80) return Wide::kBlank;
        if (third == 0x81) return Wide::kComma;
        if (third >= 0x8A && third <= 0x8F) return Wide::kQuote;
        return Wide::kOther;
      }
      return Wide::kIdeograph;
    case 0xEF:
      if (second == 0xBC) {
        if (third == 0x81 || third == 0x9F || third == 0x8E) return Wide::kEnd;
        if (third == 0x8C || third == 0x9B) return Wide::kComma;
        return Wide::kOther;
      }
      return second >= 0xA4 && second <= 0xAB ? Wide::kIdeograph : Wide::kLetter;
    default:
      return first >= 0xE4 && first <= 0xE9 ? Wide::kIdeograph : Wide::kLetter;
  }
}

// The text is valid UTF-8: the page's decoder saw to it.
Decoded Decode(const uint8_t* at, const uint8_t* end) {
  const uint8_t first = *at;
  const auto left = end - at;
  if (first < 0xE0) {
    if (left < 2) return {Wide::kOther, 1};
    const uint8_t second = at[1];
    if (first == 0xC2) {
      if (second == 0xA0) return {Wide::kBlank, 2};
      if (second == 0xAB || second == 0xBB) return {Wide::kQuote, 2};
      return {second == 0xB7 || second == 0xA9 ? Wide::kSymbol : Wide::kOther, 2};
    }
    if (first == 0xD8 && (second == 0x8C || second == 0x9B)) return {Wide::kComma, 2};
    if ((first == 0xD8 && second == 0x9F) || (first == 0xDB && second == 0x94))
      return {Wide::kEnd, 2};
    return {Wide::kLetter, 2};
  }
  if (first < 0xF0)
    return left < 3 ? Decoded{Wide::kOther, 1} : Decoded{ThreeByteKind(first, at[1], at[2]), 3};
  return {first == 0xF0 && left >= 2 && at[1] >= 0xA0 ? Wide::kIdeograph : Wide::kSymbol,
          static_cast<uint8_t>(std::min<std::ptrdiff_t>(4, left))};
}

class Scanner {
 public:
  Scanner(TextStats& stats, std::vector<uint32_t>* words, size_t words_max)
      : stats_(stats), words_(words), words_left_(words == nullptr ? 0 : words_max) {}

  void Letter(uint8_t byte) {
    if (word_bytes_ == 0) word_ = kWordSeed;
    word_ = WordStep(word_, byte);
    ++word_bytes_;
  }
  // All lower-case letters that follow; returns what is behind them.
  const uint8_t* Letters(const uint8_t* at, const uint8_t* end) {
    uint32_t word = word_bytes_ == 0 ? kWordSeed : word_;
    const uint8_t* const begin = at;
    while (at < end && kClasses[*at] == kLetter) word = WordStep(word, *at++);
    word_ = word;
    word_bytes_ += static_cast<uint32_t>(at - begin);
    return at;
  }
  void Fold(uint32_t part) {
    stats_.hash = (stats_.hash ^ part) * 0x9E3779B97F4A7C15ULL;
    stats_.hash ^= stats_.hash >> 29;
  }

  void EndWord() {
    if (word_bytes_ == 0) return;
    Fold(word_);
    Tell(word_, word_bytes_ >= kLongWordBytes ? kLongWord : 0);
    const uint32_t bits = word_bytes_ <= kCueWordBytesMax ? FindCues(word_) : 0;
    if (bits != 0) AddCues(bits);
    ++stats_.words;
    word_bytes_ = 0;
  }

  // A character beyond ASCII; returns what is behind it.
  const uint8_t* WideCharacter(const uint8_t* at, const uint8_t* end) {
    const Decoded wide = Decode(at, end);
    ++stats_.characters;
    if (wide.kind == Wide::kLetter || wide.kind == Wide::kUnspaced) {
      for (int i = 0; i < wide.bytes; ++i) Letter(at[i]);
      unspaced += wide.kind == Wide::kUnspaced ? 1 : 0;
    } else if (wide.kind == Wide::kIdeograph) {
      Ideograph(at, wide.bytes);
    } else {
      EndWord();
      stats_.sentences += wide.kind == Wide::kEnd ? 1 : 0;
      stats_.commas += wide.kind == Wide::kComma ? 1 : 0;
      stats_.quotes += wide.kind == Wide::kQuote ? 1 : 0;
      stats_.symbols += wide.kind == Wide::kSymbol ? 1 : 0;
      if (at[0] == 0xC2 && wide.bytes == 2 && at[1] == 0xA9) AddCues(CueBit(Cue::kRights));
    }
    return at + wide.bytes;
  }

  bool in_word() const { return word_bytes_ > 0; }

  uint32_t unspaced = 0;

 private:
  // Cues in CJK text tell in short lines only.
  static constexpr uint32_t kCjkCueMax = 60;
  static constexpr uint32_t kLongWordBytes = 5;

  void Ideograph(const uint8_t* at, int bytes) {
    EndWord();
    uint32_t character = 0;
    for (int i = 0; i < bytes; ++i) character = character << 8 | at[i];
    Fold(character);
    Tell(character * 0x9E3779B1U, kIdeograph);
    ++stats_.cjk;
    if (const uint32_t bits = stats_.cjk < kCjkCueMax ? FindCjkCue(previous_, at) : 0; bits != 0)
      AddCues(bits);
    previous_ = at;
  }

  void AddCues(uint32_t bits) {
    for (uint32_t rest = bits; rest != 0; rest &= rest - 1) ++stats_.cues[__builtin_ctz(rest)];
    if (stats_.words < 3) stats_.first_cues |= bits;
  }

  void Tell(uint32_t hash, uint32_t kind) {
    if (words_left_ == 0) return;
    --words_left_;
    words_->push_back((hash & ~(kLongWord | kIdeograph)) | kind);
  }

  TextStats& stats_;
  std::vector<uint32_t>* const words_;
  size_t words_left_;
  uint32_t word_ = 0;
  uint32_t word_bytes_ = 0;
  const uint8_t* previous_ = nullptr;
};

constexpr std::array<std::string_view, 8> kWideClosers = {"\u201D", "\u2019", "\u00BB", "\u201C",
                                                          "\u300D", "\u300F", "\uFF09", "\u203A"};

struct WideEnd {
  std::string_view text;
  Ending ending;
};
constexpr std::array<WideEnd, 11> kWideEnds = {{{"\u2026", Ending::kEllipsis},
                                                {"\u3002", Ending::kSentence},
                                                {"\uFF01", Ending::kSentence},
                                                {"\uFF1F", Ending::kSentence},
                                                {"\u0964", Ending::kSentence},
                                                {"\u06D4", Ending::kSentence},
                                                {"\u061F", Ending::kSentence},
                                                {"\uFF1A", Ending::kColon},
                                                {"\uFF0C", Ending::kComma},
                                                {"\u3001", Ending::kComma},
                                                {"\u060C", Ending::kComma}}};

bool IsWide(char c) { return static_cast<uint8_t>(c) >= 0x80; }

// Takes blanks, quotes and brackets off the end; returns whether there were other than blanks.
bool DropClosers(std::string_view& text) {
  constexpr std::string_view kNoBreakSpace = "\u00A0";
  bool closer = false;
  while (!text.empty()) {
    const char last = text.back();
    size_t bytes = 1;
    if (last == '"' || last == '\'' || last == ')' || last == ']') {
      closer = true;
    } else if (IsWide(last)) {
      const auto ends = [text](std::string_view suffix) { return text.ends_with(suffix); };
      const auto* wide = std::find_if(kWideClosers.begin(), kWideClosers.end(), ends);
      if (wide == kWideClosers.end() && !ends(kNoBreakSpace)) break;
      bytes = wide == kWideClosers.end() ? kNoBreakSpace.size() : wide->size();
      closer = closer || wide != kWideClosers.end();
    } else if (last != ' ' && last != '\n') {
      break;
    }
    text.remove_suffix(bytes);
  }
  return closer;
}

Ending EndingOf(std::string_view text) {
  const bool closer = DropClosers(text);
  const char last = text.empty() ? ' ' : text.back();
  switch (last) {
    case '.':
      return text.ends_with("...") ? Ending::kEllipsis : Ending::kSentence;
    case '!':
    case '?':
      return Ending::kSentence;
    case ':':
      return Ending::kColon;
    case ',':
    case ';':
      return Ending::kComma;
    default:
      break;
  }
  if (IsWide(last)) {
    for (const WideEnd& end : kWideEnds) {
      if (text.ends_with(end.text)) return end.ending;
    }
  }
  return closer ? Ending::kCloser : Ending::kNone;
}

}  // namespace

TextStats Measure(std::string_view text, std::vector<uint32_t>* words, size_t words_max) {
  TextStats stats;
  stats.hash = 0x2545F4914F6CDD1DULL;
  Scanner scanner(stats, words, words_max);
  const auto* at = reinterpret_cast<const uint8_t*>(text.data());
  const auto* end = at + text.size();
  while (at < end) {
    const uint8_t byte = *at;
    switch (kClasses[byte]) {
      case kBlank:
        scanner.EndWord();
        break;
      case kUpper:
        if (!scanner.in_word()) ++stats.capitalised;
        ++stats.capitals;
        scanner.Letter(byte | 0x20);
        break;
      case kDigit:
        ++stats.digits;
        scanner.Letter(byte);
        break;
      case kLetter: {
        const uint8_t* const begin = at;
        at = scanner.Letters(at, end);
        stats.characters += static_cast<uint32_t>(at - begin);
        continue;
      }
      case kHigh:
        at = scanner.WideCharacter(at, end);
        continue;
      case kEnd:
        // A full stop within a number or an address is none.
        if (at + 1 == end || kClasses[at[1]] == kBlank || kClasses[at[1]] == kQuote ||
            at[1] >= 0x80)
          ++stats.sentences;
        scanner.EndWord();
        break;
      default:
        if (kClasses[byte] == kComma) ++stats.commas;
        if (kClasses[byte] == kQuote) ++stats.quotes;
        if (kClasses[byte] == kSymbol) ++stats.symbols;
        scanner.EndWord();
        break;
    }
    ++at;
    ++stats.characters;
  }
  scanner.EndWord();
  stats.words += stats.cjk / 2 + scanner.unspaced / 4;
  if (stats.words == 0 && stats.cjk > 0) stats.words = 1;
  stats.ending = EndingOf(text);
  return stats;
}

}  // namespace sluice::deboilerplate
