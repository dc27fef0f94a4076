#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// The longer words; of ideographs each pair.
template <typename Visit>
void ForEachLongWord(absl::Span<const uint32_t> words, const Visit& visit) {
  uint32_t before = 0;
  for (const uint32_t word : words) {
    const bool ideograph = (word & kIdeograph) != 0;
    if (ideograph && before != 0) visit(before * 31 + word);
    if ((word & kLongWord) != 0) visit(word);
    before = ideograph ? word : 0;
  }
}

// The longer words of the blocks that were taken for the story: what belongs to it shares its
// words, other stories' teasers and a site's notices do not. Of a fixed size; words may be taken
// for each other.
class Vocabulary {
 public:
  struct Known {
    float share = -1;  // Of the block's longer words, those that other story blocks have; -1: it
                       // has none.
    float words = 0;   // How many of them there are.
  };

  // `guess`: a probability for each block. Overwrites what it knew.
  void Learn(const Page& page, absl::Span<const float> guess, float story_min);
  Known Compare(const Page& page, size_t block) const;

 private:
  struct Slot {
    int32_t block = -1;  // The first that has the word.
    bool more = false;   // Others have it too.
  };

  std::vector<Slot> slots_;
};

}  // namespace sluice::deboilerplate
