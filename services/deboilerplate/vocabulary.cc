#include "services/deboilerplate/vocabulary.h"

namespace sluice::deboilerplate {
namespace {

constexpr size_t kSlots = 8192;

size_t SlotOf(uint32_t hash) { return (hash * 0x9E3779B1U) >> 19; }
static_assert(kSlots == 1U << (32 - 19));

}  // namespace

// The longer words; of ideographs each pair.
void Vocabulary::FindLongWords(absl::Span<const uint32_t> words, std::vector<uint32_t>& out) {
  out.clear();
  uint32_t before = 0;
  for (const uint32_t word : words) {
    const bool ideograph = (word & kIdeograph) != 0;
    if (ideograph && before != 0) out.push_back(before * 31 + word);
    if ((word & kLongWord) != 0) out.push_back(word);
    before = ideograph ? word : 0;
  }
}

void Vocabulary::Learn(const Page& page, absl::Span<const float> guess, float story_min) {
  slots_.assign(kSlots, Slot());
  for (size_t i = 0; i < page.blocks.size(); ++i) {
    if (guess[i] < story_min) continue;
    FindLongWords(page.WordsOf(page.blocks[i]), words_);
    for (const uint32_t word : words_) {
      Slot& slot = slots_[SlotOf(word)];
      if (slot.block < 0) slot.block = static_cast<int32_t>(i);
      slot.more = slot.more || slot.block != static_cast<int32_t>(i);
    }
  }
}

Vocabulary::Known Vocabulary::Compare(const Page& page, size_t block) const {
  FindLongWords(page.WordsOf(page.blocks[block]), words_);
  if (words_.empty()) return {};
  size_t known = 0;
  for (const uint32_t word : words_) {
    const Slot& slot = slots_[SlotOf(word)];
    known += slot.more || (slot.block >= 0 && slot.block != static_cast<int32_t>(block)) ? 1 : 0;
  }
  const auto words = static_cast<float>(words_.size());
  return {static_cast<float>(known) / words, words};
}

}  // namespace sluice::deboilerplate
