#include "services/dedupe/character_table.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>

namespace sluice::dedupe {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Scripts written without spaces between words.
constexpr std::array kUnspaced = {
    Range{0x0E00, 0x0EFF},    // Thai, Lao.
    Range{0x0F00, 0x0FFF},    // Tibetan.
    Range{0x1000, 0x109F},    // Myanmar.
    Range{0x1780, 0x17FF},    // Khmer.
    Range{0x2E80, 0x31FF},    // Radicals, kana, bopomofo.
    Range{0x3400, 0x4DBF},    // Han.
    Range{0x4E00, 0x9FFF},    // Han.
    Range{0xF900, 0xFAFF},    // Han, compatibility.
    Range{0x1B000, 0x1B16F},  // Kana.
    Range{0x20000, 0x3FFFD},  // Han.
};

bool IsUnspaced(char32_t code_point) {
  return std::any_of(kUnspaced.begin(), kUnspaced.end(), [&](const Range& range) {
    return code_point >= range.first && code_point <= range.last;
  });
}

bool IsAccent(char32_t code_point) { return code_point >= 0x300 && code_point <= 0x36F; }

CharacterClass ClassOf(char32_t code_point) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code_point))) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
      // Vowel signs of Indic and other scripts are part of the word; variation selectors are not.
      if (IsAccent(code_point) || (code_point >= 0xFE00 && code_point <= 0xFE0F)) {
        return CharacterClass::kIgnored;
      }
      [[fallthrough]];
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return IsUnspaced(code_point) ? CharacterClass::kIdeograph : CharacterClass::kLetter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return CharacterClass::kDigit;
    case UTF8PROC_CATEGORY_CF:
      return CharacterClass::kIgnored;
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return CharacterClass::kSentenceBreak;
    default:
      break;
  }
  constexpr std::u32string_view kEnders = U".!?:;\"\n\u2026\u3002\uFF01\uFF1F\uFF1A\uFF61";
  return kEnders.find(code_point) == std::u32string_view::npos ? CharacterClass::kBreak
                                                               : CharacterClass::kSentenceBreak;
}

bool IsWordClass(CharacterClass type) {
  return type == CharacterClass::kLetter || type == CharacterClass::kDigit ||
         type == CharacterClass::kIdeograph;
}

}  // namespace

const CharacterTable& CharacterTable::Get() {
  static const CharacterTable table;
  return table;
}

CharacterTable::CharacterTable() : plane_(std::make_unique<uint32_t[]>(kPlane)) {
  for (char32_t code_point = 0; code_point < kPlane; ++code_point) {
    const Character character = Classify(code_point, nullptr);
    plane_[code_point] = static_cast<uint32_t>(character.type) << 24 |
                         static_cast<uint32_t>(character.upper) << 23 | character.folded;
  }
}

std::vector<char32_t> CharacterTable::Expansion(char32_t code_point) const {
  std::vector<char32_t> expansion;
  Classify(code_point, &expansion);
  return expansion;
}

Character CharacterTable::Classify(char32_t code_point, std::vector<char32_t>* expansion) {
  const CharacterClass own = ClassOf(code_point);
  if (own == CharacterClass::kIgnored) return {.type = own};
  std::array<utf8proc_int32_t, 32> decomposed;
  int boundary = 0;
  const utf8proc_ssize_t length = utf8proc_decompose_char(
      static_cast<utf8proc_int32_t>(code_point), decomposed.data(), decomposed.size(),
      static_cast<utf8proc_option_t>(UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD),
      &boundary);
  if (length <= 0 || length > static_cast<utf8proc_ssize_t>(decomposed.size())) {
    return {.type = own, .folded = code_point};
  }
  std::vector<char32_t> kept;
  for (utf8proc_ssize_t i = 0; i < length; ++i) {
    const auto part = static_cast<char32_t>(decomposed[i]);
    if (IsWordClass(ClassOf(part))) kept.push_back(part);
  }
  if (kept.empty()) return {.type = own};
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(code_point));
  Character character{.type = kept.size() == 1 ? ClassOf(kept[0]) : CharacterClass::kExpands,
                      .upper = category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LT,
                      .folded = kept[0]};
  if (expansion != nullptr) *expansion = std::move(kept);
  return character;
}

}  // namespace sluice::dedupe
