#pragma once

#include <cstddef>
#include <deque>
#include <memory>

#include "absl/types/span.h"
#include "services/dedupe/tokenizer.h"

namespace sluice::dedupe {

// The words of texts that come and go in one order, one after another in blocks: no allocation a
// text, no room lost between them. Not for several threads.
class TextStore {
 public:
  static constexpr size_t kBlockWords = 1 << 17;

  // Keeps `text` and, behind it, `title`; they stay where they are until they are forgotten.
  const WordCode* Add(absl::Span<const WordCode> text, absl::Span<const WordCode> title);
  // Forgets the oldest.
  void Forget();

  size_t blocks() const { return blocks_.size(); }

 private:
  struct Block {
    std::unique_ptr<WordCode[]> words;
    size_t size = 0;
    size_t used = 0;   // Words.
    size_t texts = 0;  // Not forgotten.
  };

  std::deque<Block> blocks_;
};

}  // namespace sluice::dedupe
