#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluice::deboilerplate {

// Sixteen bytes at a time where the processor can: a page is mostly bytes that are passed over.
#if defined(__SSE2__)

inline __m128i LoadBytes(const uint8_t* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

// A bit for each of the bytes that is one of kWanted.
template <uint8_t... kWanted>
uint32_t BitsOf(__m128i bytes) {
  __m128i found = _mm_setzero_si128();
  ((found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(static_cast<char>(kWanted))))),
   ...);
  return static_cast<uint32_t>(_mm_movemask_epi8(found));
}

// A bit for each of the bytes that is at most kMost.
template <uint8_t kMost>
uint32_t BitsUpTo(__m128i bytes) {
  const __m128i most = _mm_set1_epi8(static_cast<char>(kMost));
  return static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(bytes, most), bytes)));
}

#endif

template <uint8_t... kWanted>
constexpr bool IsAnyOf(uint8_t byte) {
  return ((byte == kWanted) || ...);
}

// The first byte from `at` on that is one of kWanted; or `end`.
template <uint8_t... kWanted>
const uint8_t* FindAnyOf(const uint8_t* at, const uint8_t* end) {
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {
    const uint32_t bits = BitsOf<kWanted...>(LoadBytes(at));
    if (bits != 0) return at + __builtin_ctz(bits);
  }
#endif
  while (at < end && !IsAnyOf<kWanted...>(*at)) ++at;
  return at;
}

// The first byte from `at` on that is none of kPassed; or `end`.
template <uint8_t... kPassed>
const uint8_t* FindNoneOf(const uint8_t* at, const uint8_t* end) {
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {
    const uint32_t bits = BitsOf<kPassed...>(LoadBytes(at)) ^ 0xFFFFU;
    if (bits != 0) return at + __builtin_ctz(bits);
  }
#endif
  while (at < end && IsAnyOf<kPassed...>(*at)) ++at;
  return at;
}

}  // namespace sluice::deboilerplate
