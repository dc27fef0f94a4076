#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"

namespace sluice::dedupe {

// Hash to newest-first list of owners, where owners are numbered 0, 1, 2, ... in order of arrival,
// each with the hashes it was added with, and go in the same order: some 13 bytes a posting, no
// matter how long it runs.
//
// Postings lie in one ring in order of arrival, so that forgetting is moving its end. Each links to
// the older one of its bucket; a link to before the end is no link. Buckets are added one at a time
// (linear hashing), so that no document pays for a growing table.
//
// Equal 32-bit hashes of different things share a list: callers verify. Not for several threads.
class PostingRing {
 public:
  // Longest walk through a bucket, where hashes of a hot key hide others.
  static constexpr size_t kStepsMax = 1024;

  PostingRing();

  // Adds the next owner, with at least one hash. Returns its number.
  uint64_t Add(absl::Span<const uint32_t> hashes);

  // Forgets the oldest owner. `postings`: how many hashes it was added with.
  void Forget(size_t postings);

  // Starts loading what Find and Add will read of these hashes.
  void Prefetch(absl::Span<const uint32_t> hashes) const;

  // Owners added with `hash`, newest first, until `visit` is false or `owners_max` have been given.
  // An owner comes as often as it has the hash. Returns how many were given.
  size_t Find(uint32_t hash, size_t owners_max,
              absl::FunctionRef<bool(uint64_t owner)> visit) const;

  size_t postings() const { return static_cast<size_t>(next_ - first_); }
  size_t bytes() const;

 private:
  static constexpr size_t kChunk = 1 << 14;  // Postings, and heads, allocated at a time.
  static constexpr size_t kBlock = 32;

  struct Posting {
    uint32_t hash;
    uint32_t older;  // Low half of a number.
  };
  // Owner of a posting: that of the first of its block, plus the owners begun since.
  struct Block {
    uint32_t owner;   // Low half: who had begun before this block's first posting, or at it.
    uint32_t begins;  // Bit i: posting i begins another owner; bit 0 is never set.
  };
  struct Chunk {
    Posting postings[kChunk];
    Block blocks[kChunk / kBlock];
  };

  uint64_t Whole(uint32_t low) const { return next_ - static_cast<uint32_t>(next_ - low); }
  bool Live(uint32_t low) const {
    return static_cast<uint32_t>(next_ - low) <= postings() && low != static_cast<uint32_t>(next_);
  }
  Posting& At(uint64_t number) const {
    return chunks_[number / kChunk - first_chunk_]->postings[number % kChunk];
  }
  Block& BlockAt(uint64_t number) const {
    return chunks_[number / kChunk - first_chunk_]->blocks[number % kChunk / kBlock];
  }
  uint64_t OwnerOf(uint64_t number) const;
  uint32_t& Head(uint64_t bucket) const { return heads_[bucket / kChunk][bucket % kChunk]; }
  uint64_t BucketOf(uint32_t hash) const;
  void Append(uint32_t hash, bool begins);
  void Split();

  std::deque<std::unique_ptr<Chunk>> chunks_;
  uint64_t first_chunk_ = 0;
  uint64_t first_ = 1;  // Number of the oldest posting.
  uint64_t next_ = 1;
  uint64_t owners_ = 0;  // Added so far.
  std::vector<std::unique_ptr<uint32_t[]>> heads_;
  uint64_t buckets_ = kChunk;
  uint64_t round_ = kChunk;  // Buckets when this round of splits began: a power of two.
};

}  // namespace sluice::dedupe
