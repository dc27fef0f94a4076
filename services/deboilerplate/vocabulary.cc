#include "services/deboilerplate/vocabulary.h"

namespace sluice::deboilerplate {
namespace {

constexpr size_t kSlots = 8192;

size_t SlotOf(uint32_t hash) { return (hash * 0x9E3779B1U) >> 19; }
static_assert(kSlots == 1U << (32 - 19));

}  // namespace

void Vocabulary::Learn(const Page& page, absl::Span<const float> guess, float story_min) {
  slots_.assign(kSlots, Slot());
  for (size_t i = 0; i < page.blocks.size(); ++i) {
    if (guess[i] < story_min) continue;
    ForEachLongWord(page.WordsOf(page.blocks[i]), [&](uint32_t word) {
      Slot& slot = slots_[SlotOf(word)];
      if (slot.block < 0) slot.block = static_cast<int32_t>(i);
      slot.more = slot.more || slot.block != static_cast<int32_t>(i);
    });
  }
}

Vocabulary::Known Vocabulary::Compare(const Page& page, size_t block) const {
  size_t words = 0;
  size_t known = 0;
  ForEachLongWord(page.WordsOf(page.blocks[block]), [&](uint32_t word) {
    const Slot& slot = slots_[SlotOf(word)];
    known += slot.more || (slot.block >= 0 && slot.block != static_cast<int32_t>(block)) ? 1 : 0;
    ++words;
  });
  if (words == 0) return {};
  return {static_cast<float>(known) / static_cast<float>(words), static_cast<float>(words)};
}

}  // namespace sluice::deboilerplate
