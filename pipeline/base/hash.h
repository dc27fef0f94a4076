#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::base {

// 128-bit content hash (XXH3-128). Stable across machines and versions: it is stored. Not for
// secrets.
struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;

  friend bool operator==(const Hash128&, const Hash128&) = default;
  friend auto operator<=>(const Hash128&, const Hash128&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const Hash128& hash) {
    return H::combine(std::move(state), hash.high, hash.low);
  }

  std::string Hex() const;    // 32 lower-case digits.
  std::string Bytes() const;  // 16 bytes, big endian.
};

Hash128 HashBytes(std::string_view bytes);

// 64 bits (XXH3-64), stable as above.
uint64_t HashBytes64(std::string_view bytes, uint64_t seed = 0);

// A page's identity before it has a body, and of one capture once it has: the hash of its final URL
// and of its body's hash.
std::string TargetId(std::string_view url);
std::string CaptureId(std::string_view final_url, const Hash128& body_hash);

}  // namespace sluice::base
