#include "pipeline/base/utf8.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sluice::base {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// The length of the well-formed sequence at `text`'s start, or 0; then `*bad` is how many bytes one
// U+FFFD stands for.
size_t SequenceLength(std::string_view text, size_t* bad) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  *bad = 1;
  if (lead < 0x80) return 1;
  size_t length = 0;
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  for (size_t i = 1; i < length; ++i) {
    *bad = i;
    if (i >= text.size() || byte(i) < low || byte(i) > high) return 0;
    low = 0x80;
    high = 0xBF;
  }
  return length;
}

// How many bytes of ASCII `text` begins with, rounded down to whole words.
size_t AsciiWords(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080ULL;
  size_t i = 0;
  for (uint64_t word = 0; text.size() - i >= sizeof(word); i += sizeof(word)) {
    std::memcpy(&word, text.data() + i, sizeof(word));
    if ((word & kHighBits) != 0) break;
  }
  return i;
}

#if defined(__x86_64__)

// J. Keiser, D. Lemire: Validating UTF-8 In Less Than One Instruction Per Byte (2021). What can be
// wrong with two bytes that follow each other is looked up by three of their half bytes; an error
// is what all three lookups name.
constexpr uint8_t kTooShort = 1 << 0;   // A lead or ASCII where a continuation is due.
constexpr uint8_t kTooLong = 1 << 1;    // A continuation behind ASCII.
constexpr uint8_t kOverlong3 = 1 << 2;  // E0 and less than A0.
constexpr uint8_t kTooLarge = 1 << 3;   // F4 and 90 or more, F5 and above.
constexpr uint8_t kSurrogate = 1 << 4;  // ED and A0 or more.
constexpr uint8_t kOverlong2 = 1 << 5;  // C0, C1.
constexpr uint8_t kOverlong4 = 1 << 6;  // F0 and less than 90; F5 and above before 8x.
constexpr uint8_t kTwoFollow = 1 << 7;  // Two continuations: right behind a lead of three or four.
constexpr uint8_t kCarry = kTooShort | kTooLong | kTwoFollow;

class Blocks {
 public:
  static constexpr size_t kBytes = 32;

  // Whether `block` is right behind what has been added, but for a sequence it leaves unfinished.
  [[gnu::target("avx2")]] bool Add(__m256i block) {
    if (_mm256_movemask_epi8(block) == 0) {
      const bool finished = _mm256_testz_si256(unfinished_, unfinished_) != 0;
      before_ = block;
      return finished;
    }
    const __m256i across = _mm256_permute2x128_si256(before_, block, 0x21);
    const __m256i back1 = _mm256_alignr_epi8(block, across, 15);
    const __m256i back2 = _mm256_alignr_epi8(block, across, 14);
    const __m256i back3 = _mm256_alignr_epi8(block, across, 13);
    const __m256i pairs =
        _mm256_and_si256(_mm256_and_si256(_mm256_shuffle_epi8(Table(kFirstHigh), HighHalf(back1)),
                                          _mm256_shuffle_epi8(Table(kFirstLow), LowHalf(back1))),
                         _mm256_shuffle_epi8(Table(kSecondHigh), HighHalf(block)));
    // Where a third or fourth byte is due, two continuations must follow each other.
    const __m256i third = _mm256_subs_epu8(back2, _mm256_set1_epi8(0xE0 - 0x80));
    const __m256i fourth = _mm256_subs_epu8(back3, _mm256_set1_epi8(0xF0 - 0x80));
    const __m256i due =
        _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8(static_cast<char>(0x80)));
    const __m256i wrong = _mm256_xor_si256(due, pairs);
    unfinished_ = _mm256_subs_epu8(block, LastLeads());
    before_ = block;
    return _mm256_testz_si256(wrong, wrong) != 0;
  }

 private:
  static constexpr std::array<uint8_t, 16> kFirstHigh = {kTooLong,
                                                         kTooLong,
                                                         kTooLong,
                                                         kTooLong,
                                                         kTooLong,
                                                         kTooLong,
                                                         kTooLong,
                                                         kTooLong,
                                                         kTwoFollow,
                                                         kTwoFollow,
                                                         kTwoFollow,
                                                         kTwoFollow,
                                                         kTooShort | kOverlong2,
                                                         kTooShort,
                                                         kTooShort | kOverlong3 | kSurrogate,
                                                         kTooShort | kTooLarge | kOverlong4};
  static constexpr std::array<uint8_t, 16> kFirstLow = {
      kCarry | kOverlong2 | kOverlong3 | kOverlong4,
      kCarry | kOverlong2,
      kCarry,
      kCarry,
      kCarry | kTooLarge,
      kCarry | kTooLarge | kOverlong4,
      kCarry | kTooLarge | kOverlong4,
      kCarry | kTooLarge | kOverlong4,
      kCarry | kTooLarge | kOverlong4,
      kCarry | kTooLarge | kOverlong4,
      kCarry | kTooLarge | kOverlong4,
      kCarry | kTooLarge | kOverlong4,
      kCarry | kTooLarge | kOverlong4,
      kCarry | kTooLarge | kOverlong4 | kSurrogate,
      kCarry | kTooLarge | kOverlong4,
      kCarry | kTooLarge | kOverlong4};
  static constexpr uint8_t kFollows = kTooLong | kOverlong2 | kTwoFollow;
  static constexpr std::array<uint8_t, 16> kSecondHigh = {kTooShort,
                                                          kTooShort,
                                                          kTooShort,
                                                          kTooShort,
                                                          kTooShort,
                                                          kTooShort,
                                                          kTooShort,
                                                          kTooShort,
                                                          kFollows | kOverlong3 | kOverlong4,
                                                          kFollows | kOverlong3 | kTooLarge,
                                                          kFollows | kSurrogate | kTooLarge,
                                                          kFollows | kSurrogate | kTooLarge,
                                                          kTooShort,
                                                          kTooShort,
                                                          kTooShort,
                                                          kTooShort};

  [[gnu::target("avx2")]] static __m256i Table(const std::array<uint8_t, 16>& table) {
    return _mm256_broadcastsi128_si256(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data())));
  }
  [[gnu::target("avx2")]] static __m256i LowHalf(__m256i bytes) {
    return _mm256_and_si256(bytes, _mm256_set1_epi8(0x0F));
  }
  [[gnu::target("avx2")]] static __m256i HighHalf(__m256i bytes) {
    return LowHalf(_mm256_srli_epi16(bytes, 4));
  }
  // Above these, the last three bytes begin a sequence that goes on in the next block.
  [[gnu::target("avx2")]] static __m256i LastLeads() {
    return _mm256_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                            -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, static_cast<char>(0xF0 - 1),
                            static_cast<char>(0xE0 - 1), static_cast<char>(0xC0 - 1));
  }

  __m256i before_ = {};
  __m256i unfinished_ = {};
};

// How many bytes are well-formed as far as whole blocks show, up to the start of a sequence.
[[gnu::target("avx2")]] size_t ValidBlocks(std::string_view text) {
  Blocks blocks;
  size_t i = 0;
  while (text.size() - i >= Blocks::kBytes) {
    // A page's bytes often come from memory here for the first time.
    __builtin_prefetch(text.data() + i + 1024);
    if (!blocks.Add(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(text.data() + i)))) break;
    i += Blocks::kBytes;
  }
  // The last sequence may be one that the next byte breaks.
  for (int back = 0; back < 4 && i > 0 && static_cast<uint8_t>(text[i - 1]) >= 0x80; ++back) {
    --i;
    if (static_cast<uint8_t>(text[i]) >= 0xC0) break;
  }
  return i;
}

#endif

}  // namespace

size_t ValidUtf8Prefix(std::string_view text) {
  size_t bad = 0;
  size_t i = 0;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) i = ValidBlocks(text);
#endif
  while ((i += AsciiWords(text.substr(i))) < text.size()) {
    const size_t length = SequenceLength(text.substr(i), &bad);
    if (length == 0) break;
    i += length;
  }
  return i;
}

bool IsValidUtf8(std::string_view text) { return ValidUtf8Prefix(text) == text.size(); }

std::string_view CutUtf8(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (static_cast<uint8_t>(text[bytes_max]) & 0xC0) == 0x80) --bytes_max;
  return text.substr(0, bytes_max);
}

std::string ToValidUtf8(std::string_view text, size_t bytes_max) {
  std::string out;
  out.reserve(std::min(text.size(), bytes_max));
  while (true) {
    std::string_view valid = text.substr(0, ValidUtf8Prefix(text));
    text.remove_prefix(valid.size());
    if (const size_t room = bytes_max - out.size(); valid.size() > room) {
      return out.append(CutUtf8(valid, room));
    }
    out += valid;
    if (text.empty() || kReplacement.size() > bytes_max - out.size()) return out;
    out += kReplacement;
    size_t bad = 0;
    SequenceLength(text, &bad);
    text.remove_prefix(bad);
  }
}

}  // namespace sluice::base
