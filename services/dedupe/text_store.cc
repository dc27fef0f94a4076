#include "services/dedupe/text_store.h"

#include <algorithm>

namespace sluice::dedupe {

const WordCode* TextStore::Add(absl::Span<const WordCode> text, absl::Span<const WordCode> title) {
  const size_t words = text.size() + title.size();
  if (blocks_.empty() || blocks_.back().used + words > blocks_.back().size) {
    const size_t size = std::max(words, kBlockWords);
    blocks_.push_back({.words = std::make_unique_for_overwrite<WordCode[]>(size), .size = size});
  }
  Block& block = blocks_.back();
  WordCode* const begin = block.words.get() + block.used;
  std::copy(title.begin(), title.end(), std::copy(text.begin(), text.end(), begin));
  block.used += words;
  ++block.texts;
  return begin;
}

void TextStore::Forget() {
  if (--blocks_.front().texts == 0) blocks_.pop_front();
}

}  // namespace sluice::dedupe
