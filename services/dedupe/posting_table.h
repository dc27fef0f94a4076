#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "services/dedupe/large_pages.h"

namespace sluice::dedupe {

// Hash to newest-first list of owners, where owners are numbered 0, 1, 2, ... in order of arrival,
// each with the hashes it was added with, and go in the same order. Some 11 bytes a posting, and
// one line of the cache to look for a hash, known beforehand: that is what lookups cost.
//
// One table of buckets of a cache line, in the order of the hashes; a posting that finds its bucket
// full is in the next that was not. So the table grows by streaming through it once. Forgetting is
// moving the number of the oldest owner; what is older is free space, taken by the next posting
// that comes by, or swept out when the table is full.
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
  // The same for those whose first bucket, awaited here, is full: one in four.
  void PrefetchFurther(absl::Span<const uint32_t> hashes) const;

  // Owners added with `hash`, newest first, until `visit` is false. An owner comes as often as it
  // has the hash.
  template <typename Visit>
  void Find(uint32_t hash, Visit visit) const {
    for (const uint32_t age : Ages(hash)) {
      if (!visit(owners_ - 1 - age)) return;
    }
  }

  size_t postings() const { return postings_; }
  // Postings given up because a hash had list_max newer ones, or its neighbourhood was full.
  uint64_t dropped() const { return dropped_; }
  size_t bytes() const { return chunks_.size() * LargePages::kBytes; }

 private:
  static constexpr size_t kBucketsMax = 256;  // Looked through for a hash.

  // Filled from the front. Owners by the low half of their number + 1; 0: never used.
  struct alignas(64) Bucket {
    static constexpr size_t kSlots = 8;
    uint32_t hashes[kSlots];
    uint32_t owners[kSlots];

    bool full() const { return owners[kSlots - 1] != 0; }
    size_t used() const;
    bool Has(uint32_t hash) const;
  };
  static constexpr size_t kChunk = LargePages::kBytes / sizeof(Bucket);  // Buckets together.

  // Numbers wrap: the greater the distance to the newest, the older.
  uint32_t Age(uint32_t owner) const { return static_cast<uint32_t>(owners_) - owner; }
  bool Live(uint32_t owner) const { return owner != 0 && Age(owner) < owners_ - first_; }
  // Winnowed hashes are the least of their neighbours, so they are spread first.
  size_t Home(uint32_t hash) const {
    const uint32_t spread = hash * kSpread;
    return static_cast<size_t>(uint64_t{spread} * buckets_ >> 32);
  }
  static size_t ChunksFor(size_t buckets) { return (buckets + kBucketsMax + kChunk - 1) / kChunk; }
  Bucket& At(size_t bucket) const { return chunks_[bucket / kChunk].As<Bucket>()[bucket % kChunk]; }
  // Of those with this hash, rising.
  const std::vector<uint32_t>& Ages(uint32_t hash) const;
  void Insert(uint32_t hash, uint32_t owner);
  void InsertAmongOthers(uint32_t hash, uint32_t owner);
  void Place(uint32_t hash, uint32_t owner, std::vector<uint8_t>& used);
  void Rebuild(size_t buckets);
  void AddChunk(std::vector<LargePages>& spare);

  const size_t list_max_;
  uint64_t first_ = 0;   // Number of the oldest owner.
  uint64_t owners_ = 0;  // Added so far.
  size_t postings_ = 0;  // Of owners that are not forgotten.
  uint64_t dropped_ = 0;

  size_t buckets_ = 0;  // Homes; kBucketsMax more follow.
  size_t used_ = 0;     // Slots that are not empty, forgotten ones included.
  std::vector<LargePages> chunks_;
  mutable std::vector<uint32_t> ages_;  // Of one Find.
};

}  // namespace sluice::dedupe
