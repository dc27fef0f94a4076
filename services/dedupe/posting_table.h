#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "services/dedupe/large_pages.h"

namespace sluice::dedupe {

// Hash to newest-first list of owners, where owners are numbered 0, 1, 2, ... in order of arrival,
// each with the hashes it was added with, and go in the same order. Some 12 bytes a posting, and
// one place in memory to look for a hash, known beforehand: that is what lookups cost.
//
// One open-addressed table of (hash, number of the posting), in the order of its homes but for the
// probing, so that it grows by streaming through it once. Forgetting is moving the number of the
// oldest posting; what is older is free space, swept out when the table is full. A table of blocks
// says which posting is whose.
//
// Equal 32-bit hashes of different things share a list: callers verify. Not for several threads.
class PostingTable {
 public:
  static constexpr uint32_t kSpread = 0x9E3779B1;  // Odd: no two hashes become one.

  // `list_max`: of a hash only so many newest postings are kept. In [1, 1024].
  explicit PostingTable(size_t list_max = 64);

  // Adds the next owner, with at least one hash. Returns its number.
  uint64_t Add(absl::Span<const uint32_t> hashes);

  // Forgets the oldest owner. `postings`: how many hashes it was added with.
  void Forget(size_t postings);

  // Starts loading what Find and Add will read of these hashes.
  void Prefetch(absl::Span<const uint32_t> hashes) const;

  // Owners added with `hash`, newest first, until `visit` is false. An owner comes as often as it
  // has the hash.
  void Find(uint32_t hash, absl::FunctionRef<bool(uint64_t owner)> visit) const;

  size_t postings() const { return static_cast<size_t>(next_ - first_); }
  // Postings given up because a hash had list_max newer ones, or its neighbourhood was full.
  uint64_t dropped() const { return dropped_; }
  size_t bytes() const;

 private:
  static constexpr size_t kChunk = LargePages::kBytes / 8;  // Slots allocated at a time.
  static constexpr size_t kProbesMax = 2048;  // Slots from the first to the last for a hash.
  static constexpr size_t kBlock = 32;        // Postings.
  static constexpr size_t kBlocksChunk = 1 << 12;

  struct Slot {
    uint32_t hash;
    uint32_t number;  // Low half; 0: never used.
  };
  // Owner of a posting: that of the first of its block, plus the owners begun since.
  struct Block {
    uint32_t owner;   // Low half: who had begun at this block's first posting, or before.
    uint32_t begins;  // Bit i: posting i begins another owner. Never set for the first.
  };
  static_assert(kChunk * sizeof(Slot) == LargePages::kBytes);

  bool Live(uint32_t low) const {
    const uint32_t age = static_cast<uint32_t>(next_) - low;
    return low != 0 && age != 0 && age <= postings();
  }
  // Winnowed hashes are the least of their neighbours, so they are spread first.
  size_t Home(uint32_t hash) const {
    return static_cast<size_t>(uint64_t{hash * kSpread} * capacity_ >> 32);
  }
  Slot& At(size_t slot) const { return chunks_[slot / kChunk].As<Slot>()[slot % kChunk]; }
  Block& BlockAt(uint64_t number) const {
    return blocks_[number / kBlock / kBlocksChunk - first_blocks_][number / kBlock % kBlocksChunk];
  }
  void NoteOwner(bool begins);
  uint64_t OwnerOf(uint32_t low) const;
  void Insert(uint32_t hash, uint32_t number);
  void Place(const Slot& posting);
  void Rebuild(size_t capacity);
  void Allocate(size_t capacity);

  const size_t list_max_;
  uint64_t first_ = 1;  // Number of the oldest posting.
  uint64_t next_ = 1;
  uint64_t owners_ = 0;  // Added so far.
  uint64_t dropped_ = 0;

  size_t capacity_ = 0;  // Homes; kProbesMax more slots follow.
  size_t used_ = 0;      // Slots that are not empty, forgotten ones included.
  std::vector<LargePages> chunks_;
  std::deque<std::unique_ptr<Block[]>> blocks_;
  uint64_t first_blocks_ = 0;
  mutable std::vector<uint32_t> found_;  // Of one Find.
};

}  // namespace sluice::dedupe
