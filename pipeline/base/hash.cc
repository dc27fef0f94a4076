#include "pipeline/base/hash.h"

#include <xxhash.h>

#include "absl/strings/escaping.h"

namespace sluice::base {

std::string Hash128::Bytes() const {
  std::string bytes(16, '\0');
  for (int i = 0; i < 8; ++i) {
    bytes[i] = static_cast<char>(high >> (56 - 8 * i));
    bytes[8 + i] = static_cast<char>(low >> (56 - 8 * i));
  }
  return bytes;
}

std::string Hash128::Hex() const { return absl::BytesToHexString(Bytes()); }

Hash128 HashBytes(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {.high = hash.high64, .low = hash.low64};
}

uint64_t HashBytes64(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::string TargetId(std::string_view url) { return HashBytes(url).Hex(); }

std::string CaptureId(std::string_view final_url, const Hash128& body_hash) {
  std::string both(final_url);
  both.push_back('\0');
  both += body_hash.Bytes();
  return HashBytes(both).Hex();
}

}  // namespace sluice::base
