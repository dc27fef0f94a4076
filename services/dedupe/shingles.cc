#include "services/dedupe/shingles.h"

#include <algorithm>
#include <array>
#include <bit>

namespace sluice::dedupe {
namespace {

constexpr uint64_t kBase = 0x9FB21C651E98DF25;
constexpr uint64_t kMix = 0xD6E8FEB86659FD93;
constexpr size_t kWindowMax = 256;
constexpr size_t kFewKeys = 512;
constexpr size_t kBlock = 512;  // Windows looked at together, on the stack.

// Of a word, so that its 14 bits reach all 64.
constexpr uint64_t Spread(WordCode word) { return ((word & kWordHash) + 1) * kMix; }

// Leaves the first of equal keys, at most kFewKeys of them. Quicker than sorting.
void DropRepeated(std::vector<uint32_t>& keys) {
  std::array<uint32_t, 2 * kFewKeys> seen;  // Open addressing; 0 is free, so that it is no key.
  const size_t slots = std::bit_ceil(2 * keys.size());
  std::fill_n(seen.begin(), slots, 0);
  size_t kept = 0;
  for (const uint32_t key : keys) {
    size_t slot = key & (slots - 1);
    while (seen[slot] != 0 && seen[slot] != key) slot = (slot + 1) & (slots - 1);
    if (seen[slot] == key) continue;
    seen[slot] = key;
    keys[kept++] = key;
  }
  keys.resize(kept);
}

// A rolling hash of `length` words.
class Roll {
 public:
  Roll(const WordCode* words, size_t length) : words_(words), length_(length) {
    for (size_t i = 0; i < length; ++i) hash_ = hash_ * kBase + Spread(words[i]);
  }
  uint32_t hash() const { return static_cast<uint32_t>((hash_ ^ hash_ >> 29) * kMix >> 32); }
  // `leave` is kMix * kBase^length.
  void Step(size_t i, uint64_t leave) {
    hash_ = hash_ * kBase + Spread(words_[i + length_]) - ((words_[i] & kWordHash) + 1) * leave;
  }

 private:
  const WordCode* words_;
  size_t length_;
  uint64_t hash_ = 0;
};

}  // namespace

void HashShingles(absl::Span<const WordCode> words, size_t length,
                  std::vector<uint32_t>& shingles) {
  if (words.size() < length) {
    shingles.clear();
    return;
  }
  const size_t count = words.size() - length + 1;
  shingles.resize(count);
  uint64_t leave = kMix;
  for (size_t i = 0; i < length; ++i) leave *= kBase;
  // Every step waits for the one before: four walks, each over a quarter, wait at the same time.
  const size_t quarter = count / 4;
  const WordCode* word = words.data();
  std::array<Roll, 4> rolls = {Roll(word, length), Roll(word + quarter, length),
                               Roll(word + 2 * quarter, length), Roll(word + 3 * quarter, length)};
  uint32_t* const out = shingles.data();
  for (size_t i = 0; i + 1 < quarter; ++i) {
    for (size_t walk = 0; walk < rolls.size(); ++walk) {
      out[walk * quarter + i] = rolls[walk].hash();
      rolls[walk].Step(i, leave);
    }
  }
  for (size_t walk = 0; walk + 1 < rolls.size() && quarter > 0; ++walk) {
    out[walk * quarter + quarter - 1] = rolls[walk].hash();
  }
  // The last walk also has what four do not divide.
  const size_t rest = count - 3 * quarter;
  for (size_t i = quarter == 0 ? 0 : quarter - 1;; ++i) {
    out[3 * quarter + i] = rolls[3].hash();
    if (i + 1 == rest) break;
    rolls[3].Step(i, leave);
  }
}

void Winnow(size_t window, size_t keys_max, std::vector<uint32_t>& shingles) {
  if (shingles.empty()) return;
  window = std::min(window, shingles.size());
  const size_t windows = shingles.size() - window + 1;
  // The keys found so far lie where the shingles of the windows before lay: there are no more keys
  // than windows.
  size_t keys = 0;
  std::array<uint32_t, kBlock + kWindowMax> least;
  std::array<uint32_t, kBlock> found;
  for (size_t begin = 0; begin < windows; begin += kBlock) {
    const size_t count = std::min(kBlock, windows - begin);
    std::copy_n(shingles.data() + begin, count + window - 1, least.data());
    // The least of 2, 4, 8, ... neighbours from each place on, then of `window` by two that
    // overlap.
    size_t width = 1;
    for (; 2 * width <= window; width *= 2) {
      const size_t places = count + window - 2 * width;
      for (size_t i = 0; i < places; ++i) least[i] = std::min(least[i], least[i + width]);
    }
    for (size_t i = 0; i < count; ++i) least[i] = std::min(least[i], least[i + window - width]);
    size_t distinct = 0;
    for (size_t i = 0; i + 1 < count; ++i) {
      found[distinct] = least[i];
      distinct += least[i] != least[i + 1] ? 1 : 0;
    }
    found[distinct++] = least[count - 1];
    std::copy_n(found.data(), distinct, shingles.data() + keys);
    keys += distinct;
  }
  shingles.resize(keys);
  if (keys <= std::min(keys_max, kFewKeys)) {
    DropRepeated(shingles);
    return;
  }
  std::sort(shingles.begin(), shingles.end());
  shingles.erase(std::unique(shingles.begin(), shingles.end()), shingles.end());
  if (shingles.size() > keys_max) shingles.resize(keys_max);
}

}  // namespace sluice::dedupe
