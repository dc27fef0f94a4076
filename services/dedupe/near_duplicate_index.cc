#include "services/dedupe/near_duplicate_index.h"

#include <algorithm>
#include <bit>

namespace sluice::dedupe {
namespace {

// Of a posting in PostingTable, with its share of free slots.
constexpr size_t kPostingBytes = 11;

// A shared key that only one other text has weighs so much; one that n have, the n-th part.
constexpr uint32_t kRareWeight = 1024;
// Less is what two texts of one site's making have in common.
constexpr uint32_t kWeightMin = kRareWeight / 4;
constexpr size_t kCommonPart = 3;

}  // namespace

NearDuplicateIndex::NearDuplicateIndex(const NearDuplicateIndexOptions& options)
    : options_(options), postings_(options.list_max) {}

size_t NearDuplicateIndex::Bytes(const Entry& entry) {
  return sizeof(Entry) + (entry.text_words + entry.title_words) * sizeof(WordCode) +
         entry.keys * kPostingBytes;
}

uint64_t NearDuplicateIndex::Add(const TextView& text, absl::Span<const uint32_t> keys,
                                 const Label& label) {
  const Entry entry{.words = texts_.Add(text.words, text.title),
                    .text_words = static_cast<uint32_t>(text.words.size()),
                    .title_words = static_cast<uint16_t>(text.title.size()),
                    .keys = static_cast<uint16_t>(keys.size()),
                    .date = absl::ToUnixSeconds(label.date),
                    .document = label.document,
                    .site = label.site};
  postings_.Add(keys);
  bytes_ += Bytes(entry);
  entries_.Add(entry);
  while (bytes_ > options_.bytes_max && entries_.size() > 1) {
    Forget();
    ++evicted_;
  }
  return end() - 1;
}

void NearDuplicateIndex::Forget() {
  const Entry& oldest = entries_[begin()];
  bytes_ -= Bytes(oldest);
  postings_.Forget(oldest.keys);
  texts_.Forget();
  entries_.Forget();
}

TextView NearDuplicateIndex::Text(uint64_t number) const {
  const Entry& entry = entries_[number];
  return {.words = {entry.words, entry.text_words},
          .title = {entry.words + entry.text_words, entry.title_words}};
}

NearDuplicateIndex::Label NearDuplicateIndex::LabelOf(uint64_t number) const {
  const Entry& entry = entries_[number];
  return {
      .document = entry.document, .date = absl::FromUnixSeconds(entry.date), .site = entry.site};
}

const std::vector<NearDuplicateIndex::Candidate>& NearDuplicateIndex::Find(
    absl::Span<const uint32_t> keys) {
  Gather(keys);
  Count();
  Rank(keys.size());
  return candidates_;
}

void NearDuplicateIndex::Gather(absl::Span<const uint32_t> keys) {
  hits_.clear();
  postings_.PrefetchFurther(keys);
  for (const uint32_t key : keys) {
    const size_t before = hits_.size();
    postings_.Find(key, [this](uint64_t number) {
      hits_.push_back({.number = number});
      return true;
    });
    const size_t listed = hits_.size() - before;
    for (size_t i = before; i < hits_.size(); ++i) {
      hits_[i].weight = kRareWeight / static_cast<uint32_t>(listed);
    }
  }
}

void NearDuplicateIndex::Count() {
  ++round_;
  voted_.clear();
  // Never more than half full, and small where little was hit.
  const size_t slots = std::bit_ceil(2 * hits_.size() + 2);
  if (votes_.size() < slots) votes_.assign(slots, Vote());
  for (const Hit& hit : hits_) {
    size_t slot = (hit.number * 0x9E3779B97F4A7C15 >> 20) & (slots - 1);
    while (votes_[slot].round == round_ && votes_[slot].number != hit.number) {
      slot = (slot + 1) & (slots - 1);
    }
    Vote& vote = votes_[slot];
    if (vote.round != round_) {
      vote = {.number = hit.number, .round = round_};
      voted_.push_back(static_cast<uint32_t>(slot));
      __builtin_prefetch(&entries_[hit.number]);
    }
    ++vote.keys;
    vote.weight += hit.weight;
  }
}

void NearDuplicateIndex::Rank(size_t keys) {
  candidates_.clear();
  for (const uint32_t slot : voted_) {
    const Vote& vote = votes_[slot];
    const size_t least_keys = std::min<size_t>(keys, entries_[vote.number].keys);
    // A short text has few keys, of which one may be all that an edit has left.
    if (vote.keys < std::min(options_.shared_keys_min, (least_keys + 3) / 4)) continue;
    // What many texts have in common says nothing, unless it is much of the text.
    if (vote.weight < kWeightMin && vote.keys * kCommonPart < least_keys) continue;
    candidates_.push_back({.number = vote.number,
                           .shared_keys = vote.keys,
                           .least_keys = static_cast<uint32_t>(least_keys),
                           .weight = vote.weight});
  }
  const auto better = [](const Candidate& a, const Candidate& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.number < b.number;
  };
  const size_t kept = std::min(options_.candidates_max, candidates_.size());
  std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<ptrdiff_t>(kept),
                    candidates_.end(), better);
  candidates_.resize(kept);
  for (const Candidate& candidate : candidates_)
    __builtin_prefetch(entries_[candidate.number].words);
}

}  // namespace sluice::dedupe
