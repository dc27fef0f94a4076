#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "services/dedupe/tokenizer.h"

namespace sluice::dedupe {

// Hashes of all runs of `length` words, in order: words - length + 1 of them, or none. The marks of
// the words make no difference. Replaces what `shingles` held.
void HashShingles(absl::Span<const WordCode> words, size_t length, std::vector<uint32_t>& shingles);

// Winnowing (Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003): leaves of the shingles the least
// of every `window` neighbours, so that two texts that share a run of window + length - 1 words
// share at least one key. Distinct; where there would be more than `keys_max`, the least ones, so
// that a part of a text still has keys in common with the whole. `window` is at most 256.
void Winnow(size_t window, size_t keys_max, std::vector<uint32_t>& shingles);

}  // namespace sluice::dedupe
