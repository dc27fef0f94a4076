#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "services/dedupe/evidence.h"
#include "services/dedupe/tokenizer.h"

namespace sluice::dedupe {

// A text as the comparison sees it.
struct TextView {
  absl::Span<const WordCode> words;
  absl::Span<const WordCode> title;
};

// Compares one text with many. Linear in both texts. One thread; the text given to Begin outlives
// the comparisons.
class Comparison {
 public:
  static constexpr double kEditedBelow = 0.5;
  static constexpr double kUnlikeBelow = 0.2;
  static constexpr size_t kTitledWordsMax = 150;

  // Of the text that the others are compared with.
  void Begin(const TextView& text);
  Evidence Compare(const TextView& other);
  // As the evidence would have it, without looking at the texts.
  double TitleShare(const TextView& other);

 private:
  // The runs of words of one length in the text that stays, by their hashes.
  struct RunTable {
    size_t length = 0;
    std::vector<uint32_t> runs;    // By place in the text.
    std::vector<uint32_t> firsts;  // By place: the first place with the same run.
    std::vector<uint32_t> met;     // By first place: the last comparison that met the run.
    std::vector<uint32_t> slots;   // Open addressing by hash: first place + 1, or 0.
    std::bitset<1 << 14> hashes;   // Low bits of those that there are; tells most others at once.

    // The first place with this run, or firsts.size().
    size_t Find(uint32_t run) const;
  };
  // What one text has in runs that the other has too.
  struct Shared {
    size_t words = 0;
    size_t runs = 0;
    size_t blocks = 0;  // With enough of them.
  };
  // Distinct words of one kind in one text.
  struct WordSet {
    std::bitset<kWordHash + 1> words;
    size_t size = 0;

    void Clear();
    bool Add(WordCode word);  // Whether it is new.
  };

  void Fill(size_t length, RunTable& table);
  void CompareTexts(const TextView& other, bool own_is_shorter, Evidence& evidence);
  Shared Meet(RunTable& table, absl::Span<const WordCode> other, bool own_is_shorter);
  void CountConflicts(absl::Span<const WordCode> other, Evidence& evidence) const;
  void CompareMarked(absl::Span<const WordCode> other, Evidence& evidence);
  void CompareTitles(const TextView& other, Evidence& evidence);
  void CountTitleConflicts(const TextView& other, Evidence& evidence) const;

  TextView text_;
  RunTable fives_;  // Filled when first needed, as is the next.
  RunTable threes_;
  WordSet names_;
  WordSet figures_;
  size_t figure_words_ = 0;            // Repeated ones too.
  std::vector<WordCode> title_;        // Distinct.
  std::vector<WordCode> other_title_;  // Distinct.
  WordSet other_names_;
  WordSet other_figures_;
  std::vector<uint32_t> shingles_;
  std::vector<std::pair<uint32_t, uint32_t>> matches_;  // Place in the other, place in the own.
  uint32_t stamp_ = 1;
};

}  // namespace sluice::dedupe
