#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/dedupe/arrival_queue.h"
#include "services/dedupe/fingerprint.h"
#include "services/dedupe/posting_table.h"
#include "services/dedupe/similarity.h"
#include "services/dedupe/text_store.h"

namespace sluice::dedupe {

struct NearDuplicateIndexOptions {
  size_t bytes_max =
      size_t{2} << 30;         // Of words and postings. At least 1 MiB. The oldest go first.
  size_t list_max = 64;        // Newest documents looked at for one key. In [1, 1024].
  size_t candidates_max = 8;   // Compared at most. In [1, 256].
  size_t shared_keys_min = 2;  // For a candidate. In [1, 64].
};

// The texts that may be met again, in order of arrival, found by the keys of their fingerprints.
// Numbers are given in order of arrival from 0 and never again. Not for several threads.
class NearDuplicateIndex {
 public:
  struct Candidate {
    uint64_t number = 0;
    uint32_t shared_keys = 0;
    uint32_t least_keys = 0;  // Of the text that has fewer.
    uint32_t weight = 0;      // The rarer the shared keys, the more.
  };

  explicit NearDuplicateIndex(const NearDuplicateIndexOptions& options);

  // What the caller wants back with a text.
  struct Label {
    uint64_t document = 0;  // The caller's number.
    absl::Time date;        // Whole seconds.
    uint32_t site = 0;
  };

  // Remembers a text with at least one key and returns its number.
  uint64_t Add(const TextView& text, absl::Span<const uint32_t> keys, const Label& label);
  // Forgets the oldest text.
  void Forget();

  // Starts loading what Find and Add will read of these keys.
  void Prefetch(absl::Span<const uint32_t> keys) const { postings_.Prefetch(keys); }
  // The most alike by their keys, best first; of equals the older. Valid until the next call.
  const std::vector<Candidate>& Find(absl::Span<const uint32_t> keys);

  TextView Text(uint64_t number) const;
  Label LabelOf(uint64_t number) const;

  uint64_t begin() const { return entries_.begin(); }
  uint64_t end() const { return entries_.end(); }
  uint64_t evicted() const { return evicted_; }  // By bytes_max.
  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    const WordCode* words;  // In texts_; then those of the title.
    uint32_t text_words;
    uint16_t title_words;
    uint16_t keys;
    int64_t date;  // Seconds since the epoch.
    uint64_t document;
    uint32_t site;
  };
  // One text on the list of one key; then one text with all it has in common.
  struct Hit {
    uint64_t number = 0;
    uint32_t weight = 0;
  };
  struct Vote {
    uint64_t number = 0;
    uint32_t round = 0;
    uint32_t keys = 0;
    uint32_t weight = 0;
  };

  static size_t Bytes(const Entry& entry);
  void Gather(absl::Span<const uint32_t> keys);
  void Count();
  void Rank(size_t keys);

  NearDuplicateIndexOptions options_;
  PostingTable postings_;
  TextStore texts_;
  ArrivalQueue<Entry> entries_;
  size_t bytes_ = 0;
  uint64_t evicted_ = 0;
  // Of one Find.
  std::vector<Hit> hits_;
  std::vector<Vote> votes_;  // Open addressing by number; those of another round are free.
  std::vector<uint32_t> voted_;
  std::vector<Candidate> candidates_;
  uint32_t round_ = 0;
};

}  // namespace sluice::dedupe
