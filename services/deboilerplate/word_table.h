#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::deboilerplate {

// FNV-1a, 32 bits, over the bytes of a word.
inline constexpr uint32_t kWordSeed = 2166136261U;
constexpr uint32_t WordStep(uint32_t hash, uint8_t byte) { return (hash ^ byte) * 16777619U; }

// Bits that are known of words, found by a word's hash: a constant of the program. `kSlots` is more
// than there are words.
template <typename Bits, size_t kSlots>
class WordTable {
 public:
  // Of each of the words, which any of `separators` part.
  constexpr void AddAll(std::string_view words, std::string_view separators, Bits bits) {
    uint32_t hash = kWordSeed;
    bool any = false;
    for (const char c : words) {
      const bool parted = separators.find(c) != std::string_view::npos;
      if (parted && any) Add(hash, bits);
      hash = parted ? kWordSeed : WordStep(hash, static_cast<uint8_t>(c));
      any = !parted;
    }
    if (any) Add(hash, bits);
  }

  // None: the word is not in it.
  constexpr Bits Find(uint32_t hash) const {
    for (size_t slot = hash % kSlots; hashes_[slot] != 0; slot = (slot + 1) % kSlots) {
      if (hashes_[slot] == hash) return bits_[slot];
    }
    return 0;
  }

 private:
  constexpr void Add(uint32_t hash, Bits bits) {
    size_t slot = hash % kSlots;
    while (hashes_[slot] != 0 && hashes_[slot] != hash) slot = (slot + 1) % kSlots;
    hashes_[slot] = hash;
    bits_[slot] |= bits;
  }

  std::array<uint32_t, kSlots> hashes_ = {};  // 0: the slot is free.
  std::array<Bits, kSlots> bits_ = {};
};

}  // namespace sluice::deboilerplate
