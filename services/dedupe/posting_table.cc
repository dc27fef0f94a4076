#include "services/dedupe/posting_table.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <utility>

namespace sluice::dedupe {
namespace {

// How full it gets.
constexpr size_t kFullNumerator = 4;
constexpr size_t kFullDenominator = 5;
// A small table doubles, which is quick; a large one grows by a quarter, which is lean.
constexpr size_t kSmallPostings = 3 << 20;
constexpr size_t kLargeGrowthDivisor = 4;
constexpr size_t kCapacityMin = 1 << 14;

}  // namespace

PostingTable::PostingTable(size_t list_max) : list_max_(list_max) { Allocate(kCapacityMin); }

void PostingTable::Allocate(size_t capacity) {
  capacity_ = capacity;
  used_ = 0;
  chunks_.clear();
  for (size_t slots = 0; slots < capacity + kProbesMax; slots += kChunk) {
    chunks_.emplace_back();
  }
}

uint64_t PostingTable::Add(absl::Span<const uint32_t> hashes) {
  bool begins = true;
  for (const uint32_t hash : hashes) {
    NoteOwner(begins);
    begins = false;
    // One number in 2^32 means an empty slot and is left out.
    const auto number = static_cast<uint32_t>(next_++);
    if (number != 0) Insert(hash, number);
    if (used_ * kFullDenominator <= capacity_ * kFullNumerator) continue;
    // Without what is forgotten there may be room enough.
    const size_t growth =
        postings() < kSmallPostings ? postings() : postings() / kLargeGrowthDivisor;
    const size_t needed = postings() + growth;
    Rebuild(std::max(capacity_, needed * kFullDenominator / kFullNumerator));
  }
  return owners_ - 1;
}

void PostingTable::NoteOwner(bool begins) {
  if (next_ / kBlock / kBlocksChunk >= first_blocks_ + blocks_.size()) {
    blocks_.push_back(std::make_unique<Block[]>(kBlocksChunk));
  }
  if (begins) ++owners_;
  Block& block = BlockAt(next_);
  const uint64_t place = next_ % kBlock;
  // The very first posting has number 1, so its block has no place 0.
  if (place == 0 || postings() == 0) {
    block = {.owner = static_cast<uint32_t>(owners_ - 1), .begins = 0};
  } else if (begins) {
    block.begins |= 1U << place;
  }
}

uint64_t PostingTable::OwnerOf(uint32_t low) const {
  const uint64_t number = next_ - static_cast<uint32_t>(static_cast<uint32_t>(next_) - low);
  const Block& block = BlockAt(number);
  const uint32_t upto = 0xFFFFFFFFU >> (kBlock - 1 - number % kBlock);
  const uint32_t owner = block.owner + static_cast<uint32_t>(std::popcount(block.begins & upto));
  return owners_ - static_cast<uint32_t>(static_cast<uint32_t>(owners_) - owner);
}

void PostingTable::Insert(uint32_t hash, uint32_t number) {
  const size_t home = Home(hash);
  const auto newest = static_cast<uint32_t>(next_);
  size_t same = 0;
  Slot* oldest = nullptr;  // Of the same hash.
  Slot* free = nullptr;    // The first that is forgotten.
  for (size_t probe = 0; probe < kProbesMax; ++probe) {
    Slot& slot = At(home + probe);
    if (slot.number == 0) {
      if (free == nullptr) {
        free = &slot;
        ++used_;
      }
      break;
    }
    if (!Live(slot.number)) {
      if (free == nullptr) free = &slot;
    } else if (slot.hash == hash) {
      ++same;
      // Numbers wrap: the greater distance to the newest is the older.
      if (oldest == nullptr || newest - slot.number > newest - oldest->number) oldest = &slot;
    }
  }
  if (same >= list_max_) {
    ++dropped_;
    *oldest = {.hash = hash, .number = number};
  } else if (free != nullptr) {
    *free = {.hash = hash, .number = number};
  } else {
    ++dropped_;
  }
}

void PostingTable::Forget(size_t postings) {
  first_ += postings;
  while (!blocks_.empty() && first_ / kBlock / kBlocksChunk > first_blocks_) {
    blocks_.pop_front();
    ++first_blocks_;
  }
}

// Puts a posting into the first slot never used, as far as one is near.
void PostingTable::Place(const Slot& posting) {
  const size_t home = Home(posting.hash);
  for (size_t probe = 0; probe < kProbesMax; ++probe) {
    Slot& slot = At(home + probe);
    if (slot.number != 0) continue;
    slot = posting;
    ++used_;
    return;
  }
  ++dropped_;
}

// Moves the live postings to a table of another capacity, front to back, as they lie; the old one
// is given back on the way.
void PostingTable::Rebuild(size_t capacity) {
  std::vector<LargePages> old = std::exchange(chunks_, {});
  Allocate(capacity);
  for (LargePages& chunk : old) {
    const Slot* slots = chunk.As<Slot>();
    for (size_t i = 0; i < kChunk; ++i) {
      if (Live(slots[i].number)) Place(slots[i]);
    }
    chunk.Release();
  }
}

void PostingTable::Prefetch(absl::Span<const uint32_t> hashes) const {
  for (const uint32_t hash : hashes) {
    const Slot* slot = &At(Home(hash));
    __builtin_prefetch(slot);
    __builtin_prefetch(slot + 64 / sizeof(Slot));
  }
}

void PostingTable::Find(uint32_t hash, absl::FunctionRef<bool(uint64_t owner)> visit) const {
  found_.clear();
  const size_t home = Home(hash);
  for (size_t probe = 0; probe < kProbesMax; ++probe) {
    const Slot& slot = At(home + probe);
    if (slot.number == 0) break;
    if (slot.hash == hash && Live(slot.number)) found_.push_back(slot.number);
  }
  if (found_.empty()) return;
  const auto newest = static_cast<uint32_t>(next_);
  std::sort(found_.begin(), found_.end(),
            [newest](uint32_t a, uint32_t b) { return newest - a < newest - b; });
  for (const uint32_t number : found_) {
    if (!visit(OwnerOf(number))) return;
  }
}

size_t PostingTable::bytes() const {
  return chunks_.size() * kChunk * sizeof(Slot) + blocks_.size() * kBlocksChunk * sizeof(Block);
}

}  // namespace sluice::dedupe
