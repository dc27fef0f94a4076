#pragma once

#include <bitset>

#include "absl/types/span.h"
#include "services/dedupe/tokenizer.h"

namespace sluice::dedupe {

// Tells texts that are about the site and not about the world: sign-up boxes, paywall notes,
// consent banners, which an extraction may leave where the story could not be had. Two stories
// whose texts are the same such box are not copies of each other.
//
// By the share of account, subscription and consent words in the text, in the languages of
// kBoilerplateLanguages; other languages are never told. Made once; any thread.
class BoilerplateLexicon {
 public:
  static const BoilerplateLexicon& Get();

  // Share of the words that are in the lexicon, from 0 to 1.
  double Share(absl::Span<const WordCode> words) const;

 private:
  BoilerplateLexicon();

  std::bitset<kWordHash + 1> words_;
};

}  // namespace sluice::dedupe
