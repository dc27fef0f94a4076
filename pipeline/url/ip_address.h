#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::url {

// An IPv4 or IPv6 address, network byte order. A value.
class IpAddress {
 public:
  enum class Family { kV4, kV6 };

  static IpAddress V4(uint32_t bits);
  static IpAddress V6(const std::array<uint8_t, 16>& bytes);

  // Strict text: four decimal numbers without leading zeros, or RFC 4291 §2.2 without brackets and
  // zone. nullopt: anything else. (The many number forms of a URL's host are the URL parser's
  // business.)
  static std::optional<IpAddress> Parse(std::string_view text);

  Family family() const { return family_; }
  uint32_t v4_bits() const;                                        // Of a V4.
  const std::array<uint8_t, 16>& bytes() const { return bytes_; }  // A V4 fills the first four.
  int bits() const { return family_ == Family::kV4 ? 32 : 128; }

  // True when the first `length` bits are those of `prefix`, which is of the same family.
  bool InPrefix(const IpAddress& prefix, int length) const;

  // 10.0.0.1, or RFC 5952 as the WHATWG serializer has it: the first longest run of two or more
  // zero pieces is "::", never dotted.
  std::string ToString() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  Family family_ = Family::kV4;
  std::array<uint8_t, 16> bytes_{};
};

}  // namespace sluice::url
