#pragma once

#include <cstddef>

namespace sluice::dedupe {

// How two texts agree. "Shorter" is the one with fewer words; of equals the one given to
// Comparison::Begin.
struct Evidence {
  size_t shorter_words = 0;
  size_t longer_words = 0;
  size_t covered_words = 0;  // Of the shorter, in runs of at least 5 words that the other has.

  // Only where coverage is below Comparison::kEditedBelow: whether the one may be the other, edited
  // throughout.
  size_t trigrams_shared = 0;  // Runs of 3 words of the shorter that the other has.
  size_t blocks = 0;           // Of 32 words each, of the shorter.
  size_t blocks_alike = 0;     // With at least 7 of the runs of 3 words in the other.

  // What follows is left at 0 where coverage is below Comparison::kUnlikeBelow.
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
  // For texts of at most Comparison::kTitledWordsMax words; longer ones use each other's words
  // anyway.
  size_t title_conflicts = 0;

  // Shares from 0 to 1; 0 where there is nothing to share.
  double coverage() const { return Share(covered_words, shorter_words); }
  double trigrams() const { return Share(trigrams_shared, shorter_words - 2); }
  double spread() const { return Share(blocks_alike, blocks); }
  double names() const { return Share(names_shared, names_least); }
  double figures() const { return Share(figures_shared, figures_least); }
  double title() const { return Share(title_shared, title_least); }

  friend bool operator==(const Evidence&, const Evidence&) = default;

 private:
  static double Share(size_t part, size_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  }
};

}  // namespace sluice::dedupe
