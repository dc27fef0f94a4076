#include "services/dedupe/posting_ring.h"

#include <bit>

namespace sluice::dedupe {
namespace {

constexpr uint64_t kSplitsAhead = 8;

}  // namespace

PostingRing::PostingRing() { heads_.push_back(std::make_unique<uint32_t[]>(kChunk)); }

uint64_t PostingRing::Add(absl::Span<const uint32_t> hashes) {
  bool begins = true;
  for (const uint32_t hash : hashes) {
    Append(hash, begins);
    begins = false;
  }
  return owners_ - 1;
}

void PostingRing::Append(uint32_t hash, bool begins) {
  const uint64_t number = next_;
  if (number / kChunk >= first_chunk_ + chunks_.size()) {
    chunks_.push_back(std::make_unique<Chunk>());
  }
  if (begins) ++owners_;
  Block& block = BlockAt(number);
  const uint64_t place = number % kBlock;
  // The very first posting has number 1, so its block has no place 0.
  if (place == 0 || postings() == 0) {
    block = {.owner = static_cast<uint32_t>(owners_ - 1), .begins = 0};
  } else if (begins) {
    block.begins |= 1U << place;
  }
  uint32_t& head = Head(BucketOf(hash));
  At(number) = {.hash = hash, .older = head};
  head = static_cast<uint32_t>(number);
  ++next_;
  if (postings() > buckets_) Split();
}

void PostingRing::Forget(size_t postings) {
  first_ += postings;
  while (first_ / kChunk > first_chunk_ && !chunks_.empty()) {
    chunks_.pop_front();
    ++first_chunk_;
  }
}

uint64_t PostingRing::BucketOf(uint32_t hash) const {
  const uint64_t bucket = hash & (2 * round_ - 1);
  return bucket < buckets_ ? bucket : hash & (round_ - 1);
}

uint64_t PostingRing::OwnerOf(uint64_t number) const {
  const Block& block = BlockAt(number);
  const uint32_t upto = 0xFFFFFFFFU >> (31 - number % kBlock);
  const uint32_t low = block.owner + static_cast<uint32_t>(std::popcount(block.begins & upto));
  return owners_ - static_cast<uint32_t>(owners_ - low);
}

void PostingRing::Prefetch(absl::Span<const uint32_t> hashes) const {
  for (const uint32_t hash : hashes) __builtin_prefetch(&Head(BucketOf(hash)));
  for (const uint32_t hash : hashes) {
    const uint32_t link = Head(BucketOf(hash));
    if (Live(link)) __builtin_prefetch(&At(Whole(link)));
  }
}

size_t PostingRing::Find(uint32_t hash, size_t owners_max,
                         absl::FunctionRef<bool(uint64_t owner)> visit) const {
  size_t given = 0;
  uint32_t link = Head(BucketOf(hash));
  for (size_t step = 0; step < kStepsMax && given < owners_max && Live(link); ++step) {
    const uint64_t number = Whole(link);
    const Posting& posting = At(number);
    if (posting.hash == hash) {
      ++given;
      if (!visit(OwnerOf(number))) break;
    }
    link = posting.older;
  }
  return given;
}

// Adds one bucket and moves to it what belongs there, both lists staying newest first.
void PostingRing::Split() {
  const uint64_t from = buckets_ - round_;
  if (buckets_ % kChunk == 0) heads_.push_back(std::make_unique<uint32_t[]>(kChunk));
  // What a later split will read; it is far away.
  if (const uint32_t later = Head((from + kSplitsAhead) % buckets_); Live(later)) {
    __builtin_prefetch(&At(Whole(later)));
  }
  uint32_t link = Head(from);
  uint32_t* stays = &Head(from);
  uint32_t* moves = &Head(buckets_);
  while (Live(link)) {
    Posting& posting = At(Whole(link));
    const uint32_t older = posting.older;
    uint32_t*& tail = (posting.hash & round_) != 0 ? moves : stays;
    *tail = link;
    tail = &posting.older;
    link = older;
  }
  // Ends both lists: the number before the oldest is never live again.
  *stays = *moves = static_cast<uint32_t>(first_ - 1);
  if (++buckets_ == 2 * round_) round_ = buckets_;
}

size_t PostingRing::bytes() const {
  return chunks_.size() * sizeof(Chunk) + heads_.size() * kChunk * sizeof(uint32_t);
}

}  // namespace sluice::dedupe
