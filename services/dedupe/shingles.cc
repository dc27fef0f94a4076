#include "services/dedupe/shingles.h"

#include <algorithm>

namespace sluice::dedupe {
namespace {

constexpr uint64_t kBase = 0x9FB21C651E98DF25;
constexpr uint64_t kMix = 0xD6E8FEB86659FD93;

// Of a word, so that its 14 bits reach all 64.
constexpr uint64_t Spread(WordCode word) { return ((word & kWordHash) + 1) * kMix; }

}  // namespace

void HashShingles(absl::Span<const WordCode> words, size_t length,
                  std::vector<uint32_t>& shingles) {
  shingles.clear();
  if (words.size() < length) return;
  shingles.resize(words.size() - length + 1);
  uint64_t lead = 1;
  for (size_t i = 0; i < length; ++i) lead *= kBase;
  uint64_t hash = 0;
  for (size_t i = 0; i < length; ++i) hash = hash * kBase + Spread(words[i]);
  for (size_t i = 0;; ++i) {
    shingles[i] = static_cast<uint32_t>((hash ^ hash >> 29) * kMix >> 32);
    if (i + length >= words.size()) break;
    hash = hash * kBase + Spread(words[i + length]) - Spread(words[i]) * lead;
  }
}

void Winnow(absl::Span<const uint32_t> shingles, size_t window, size_t keys_max,
            std::vector<uint32_t>& keys) {
  keys.clear();
  if (shingles.empty()) return;
  window = std::min(window, shingles.size());
  // `least` is the place of the last window's least hash, the leftmost of equals.
  size_t least = 0;
  for (size_t i = 1; i < window; ++i) {
    if (shingles[i] < shingles[least]) least = i;
  }
  keys.push_back(shingles[least]);
  for (size_t last = window; last < shingles.size(); ++last) {
    if (shingles[last] < shingles[least]) {
      least = last;
    } else if (least + window == last) {
      least = last - window + 1;
      for (size_t i = least + 1; i <= last; ++i) {
        if (shingles[i] < shingles[least]) least = i;
      }
    } else {
      continue;
    }
    keys.push_back(shingles[least]);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  if (keys.size() > keys_max) keys.resize(keys_max);
}

}  // namespace sluice::dedupe
