#include "services/dedupe/posting_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::dedupe {
namespace {

// How full it gets.
constexpr size_t kFullNumerator = 4;
constexpr size_t kFullDenominator = 5;
// A small table doubles, which is quick; a large one grows by a quarter, which is lean.
constexpr size_t kSmallPostings = 6 << 20;
constexpr size_t kLargeGrowthDivisor = 4;
constexpr size_t kBucketsMin = 1 << 11;

using Four = uint32_t __attribute__((vector_size(16)));

}  // namespace

// Here and below all eight slots at once.
inline size_t PostingTable::Bucket::used() const {
  const auto* four = reinterpret_cast<const Four*>(owners);
  const auto empty = (four[0] == 0) + (four[1] == 0);  // -1 each.
  return static_cast<size_t>(static_cast<ptrdiff_t>(kSlots) + empty[0] + empty[1] + empty[2] +
                             empty[3]);
}

inline bool PostingTable::Bucket::Has(uint32_t hash) const {
  const auto* four = reinterpret_cast<const Four*>(hashes);
  const auto equal = (four[0] == hash) | (four[1] == hash);
  return (equal[0] | equal[1] | equal[2] | equal[3]) != 0;
}

PostingTable::PostingTable(size_t list_max) : list_max_(list_max), buckets_(kBucketsMin) {
  chunks_.resize(ChunksFor(buckets_));
}

uint64_t PostingTable::Add(absl::Span<const uint32_t> hashes) {
  const auto owner = static_cast<uint32_t>(++owners_);
  for (const uint32_t hash : hashes) {
    ++postings_;
    // One number in 2^32 means an empty slot and is left out.
    if (owner != 0) Insert(hash, owner);
    if (used_ * kFullDenominator <= buckets_ * Bucket::kSlots * kFullNumerator) continue;
    // Without what is forgotten there may be room enough.
    const size_t growth = postings_ < kSmallPostings ? postings_ : postings_ / kLargeGrowthDivisor;
    const size_t needed = (postings_ + growth) * kFullDenominator / kFullNumerator;
    Rebuild(std::max(buckets_, needed / Bucket::kSlots));
  }
  return owners_ - 1;
}

void PostingTable::Insert(uint32_t hash, uint32_t owner) {
  Bucket& bucket = At(Home(hash));
  const size_t used = bucket.used();
  if (first_ > 0 || used == Bucket::kSlots || bucket.Has(hash)) {
    InsertAmongOthers(hash, owner);
    return;
  }
  bucket.hashes[used] = hash;
  bucket.owners[used] = owner;
  ++used_;
}

// Where there may be older postings with this hash, or room that is forgotten.
void PostingTable::InsertAmongOthers(uint32_t hash, uint32_t owner) {
  const size_t home = Home(hash);
  size_t same = 0;
  uint32_t* oldest = nullptr;  // Owner with the same hash.
  Bucket* free = nullptr;
  size_t free_slot = 0;  // The first forgotten one, or else the first never used.
  for (size_t probe = 0; probe < kBucketsMax; ++probe) {
    Bucket& bucket = At(home + probe);
    if (bucket.Has(hash)) {
      for (size_t slot = 0; slot < Bucket::kSlots; ++slot) {
        uint32_t& other = bucket.owners[slot];
        if (bucket.hashes[slot] != hash || !Live(other)) continue;
        ++same;
        if (oldest == nullptr || Age(other) > Age(*oldest)) oldest = &other;
      }
    }
    const size_t used = bucket.used();
    for (size_t slot = 0; slot < used && free == nullptr && first_ > 0; ++slot) {
      if (Live(bucket.owners[slot])) continue;
      free = &bucket;
      free_slot = slot;
    }
    if (used == Bucket::kSlots) continue;
    if (free == nullptr && same < list_max_) {
      free = &bucket;
      free_slot = used;
      ++used_;
    }
    break;
  }
  if (oldest != nullptr && same >= list_max_) {
    ++dropped_;
    *oldest = owner;
  } else if (free != nullptr) {
    free->hashes[free_slot] = hash;
    free->owners[free_slot] = owner;
  } else {
    ++dropped_;
  }
}

void PostingTable::Forget(size_t postings) {
  ++first_;
  postings_ -= postings;
}

// Puts a posting into the first slot never used, as far as one is near.
inline void PostingTable::Place(uint32_t hash, uint32_t owner, std::vector<uint8_t>& used) {
  size_t home = Home(hash);
  const size_t end = home + kBucketsMax;
  while (home < end && used[home] == Bucket::kSlots) ++home;
  if (home == end) {
    ++dropped_;
    return;
  }
  Bucket& bucket = At(home);
  const size_t slot = used[home]++;
  bucket.hashes[slot] = hash;
  bucket.owners[slot] = owner;
  ++used_;
}

// Moves the live postings to a table of another size, front to back, as they lie. The chunks of the
// old one are used again on the way, which spares the kernel to find and clear new ones.
void PostingTable::Rebuild(size_t buckets) {
  std::vector<LargePages> old = std::exchange(chunks_, {});
  std::vector<LargePages> spare;
  buckets_ = buckets;
  used_ = 0;
  const size_t chunks = ChunksFor(buckets);
  // Slots used by bucket: a bucket just written to is slow to read as a whole.
  std::vector<uint8_t> used(chunks * kChunk);
  for (LargePages& chunk : old) {
    const Bucket* begin = chunk.As<Bucket>();
    for (const Bucket* bucket = begin; bucket != begin + kChunk; ++bucket) {
      const size_t slots = bucket->used();
      for (size_t slot = 0; slot < slots; ++slot) {
        if (!Live(bucket->owners[slot])) continue;
        const size_t last = Home(bucket->hashes[slot]) + kBucketsMax - 1;
        while (chunks_.size() <= last / kChunk) AddChunk(spare);
        Place(bucket->hashes[slot], bucket->owners[slot], used);
      }
    }
    spare.push_back(std::move(chunk));
  }
  while (chunks_.size() < chunks) AddChunk(spare);
}

void PostingTable::AddChunk(std::vector<LargePages>& spare) {
  if (spare.empty()) {
    chunks_.emplace_back();
    return;
  }
  std::memset(spare.back().As<void>(), 0, LargePages::kBytes);
  chunks_.push_back(std::move(spare.back()));
  spare.pop_back();
}

void PostingTable::Prefetch(absl::Span<const uint32_t> hashes) const {
  for (const uint32_t hash : hashes) __builtin_prefetch(&At(Home(hash)));
}

void PostingTable::PrefetchFurther(absl::Span<const uint32_t> hashes) const {
  for (const uint32_t hash : hashes) {
    const size_t home = Home(hash);
    if (At(home).full()) __builtin_prefetch(&At(home + 1));
  }
}

const std::vector<uint32_t>& PostingTable::Ages(uint32_t hash) const {
  ages_.clear();
  const size_t home = Home(hash);
  for (size_t probe = 0; probe < kBucketsMax; ++probe) {
    const Bucket& bucket = At(home + probe);
    if (bucket.Has(hash)) {
      for (size_t slot = 0; slot < Bucket::kSlots; ++slot) {
        if (bucket.hashes[slot] == hash && Live(bucket.owners[slot])) {
          ages_.push_back(Age(bucket.owners[slot]));
        }
      }
    }
    if (!bucket.full()) break;
  }
  if (ages_.size() > 1) std::sort(ages_.begin(), ages_.end());
  return ages_;
}

}  // namespace sluice::dedupe
