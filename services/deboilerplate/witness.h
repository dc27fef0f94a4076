#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/deboilerplate/linked_data.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// A set of hashes that is asked far more often than it is filled.
class HashSet {
 public:
  void Fill(const std::vector<uint32_t>& hashes);
  bool Contains(uint32_t hash) const;
  bool empty() const { return slots_.empty(); }
  void Clear() { slots_.clear(); }

 private:
  std::vector<uint32_t> slots_;  // 0 is free; hash 0 is stored as 1.
  uint32_t mask_ = 0;
};

// What the page says elsewhere about its article: its headline, its description, its text as linked
// data. Blocks are compared with it.
class Witness {
 public:
  struct Likeness {
    float of_block = 0;     // Share of the block's words that the headline has.
    float of_title = 0;     // Share of the headline's words that the block has.
    float description = 0;  // Share of the block's word pairs that the description has.
    float body =
        -1;  // Share of the block's word triples that the linked text has; -1: there is none.
  };

  // Overwrites what it knew.
  void Learn(const Page& page, const LinkedData& data, std::string_view feed_title);
  Likeness Compare(const Page& page, const Block& block) const;

 private:
  struct Title {
    std::vector<uint32_t> words;  // Sorted hashes.
    uint64_t bits = 0;            // Of the hashes: most other words are told by them alone.
  };

  std::vector<Title> titles_;
  HashSet description_;                         // Of word pairs.
  HashSet body_;                                // Of word triples.
  mutable std::vector<uint32_t> words_, runs_;  // Scratch.
};

// What share of a text's runs of three words stand in a page's blocks, of which each is looked at
// as far as Measure told its words.
float ShareShown(const Page& page, std::string_view text);

// Hashes of the words of a text, in order, as Measure tells them.
void HashWords(std::string_view text, size_t words_max, std::vector<uint32_t>& out);

}  // namespace sluice::deboilerplate
