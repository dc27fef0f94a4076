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

// Winnowing (Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003, robust form): the least hash of
// every `window` neighbours, so that two texts that share a run of window + length - 1 words share
// at least one key. Distinct, rising; where there would be more than `keys_max`, the least ones, so
// that a part of a text still has keys in common with the whole.
void Winnow(absl::Span<const uint32_t> shingles, size_t window, size_t keys_max,
            std::vector<uint32_t>& keys);

}  // namespace sluice::dedupe
