#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "services/dedupe/tokenizer.h"

namespace sluice::dedupe {

// A text as the comparison sees it.
struct TextView {
  absl::Span<const WordCode> words;
  absl::Span<const WordCode> title;
};

// How two texts agree. "Shorter" is the one with fewer words; of equals the one given to Begin.
struct Evidence {
  size_t shorter_words = 0;
  size_t longer_words = 0;
  size_t covered_words = 0;  // Of the shorter, in runs of at least 5 words that the other has.

  // Only where coverage is below kEditedBelow: whether the one may be the other, edited throughout.
  size_t trigrams_shared = 0;  // Runs of 3 words of the shorter that the other has.
  size_t blocks = 0;           // Of 32 words each, of the shorter.
  size_t blocks_alike = 0;     // With at least 7 of the runs of 3 words in the other.

  // What follows is left at 0 where coverage is below kUnlikeBelow.
  // Distinct words, "least" of the text that has fewer of the kind.
  size_t names_shared = 0;
  size_t names_least = 0;
  size_t figures_shared = 0;
  size_t figures_least = 0;
  size_t title_shared = 0;
  size_t title_least = 0;

  size_t figure_words = 0;  // Of the shorter, repeated ones too.

  // Between words that both share, the one says one figure (or name) and the other another.
  size_t figure_conflicts = 0;
  size_t name_conflicts = 0;
  // Words by which the titles differ and that only the own text has: the lesser count of the two.
  // For texts of at most kTitledWordsMax words; longer ones use each other's words anyway.
  size_t title_conflicts = 0;

  // Shares from 0 to 1; 0 where there is nothing to share.
  double coverage() const { return Share(covered_words, shorter_words); }
  double trigrams() const { return Share(trigrams_shared, shorter_words - 2); }
  double spread() const { return Share(blocks_alike, blocks); }
  double names() const { return Share(names_shared, names_least); }
  double figures() const { return Share(figures_shared, figures_least); }
  double title() const { return Share(title_shared, title_least); }

 private:
  static double Share(size_t part, size_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  }
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
