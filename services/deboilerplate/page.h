#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "services/deboilerplate/lexicon.h"
#include "services/deboilerplate/text_stats.h"

namespace sluice::deboilerplate {

// An element that can hold blocks, in document order. Inline elements have no node: what they say
// is noted on their block.
struct Node {
  int32_t parent = -1;
  int32_t end = 0;   // One past the last node inside.
  uint16_t tag = 0;  // Of lexbor; 0 in plain text.
  uint16_t depth = 0;
  Roles roles = 0;           // Of its own tag, class, id, role and the like.
  Roles ancestor_roles = 0;  // Its own and those of all above.
  uint32_t signature = 0;    // Of tag and class: equal for repeated siblings.
  int32_t block_begin = 0;   // Its blocks, those of the nodes inside included.
  int32_t block_end = 0;
  // Sums over these blocks.
  float words = 0;
  float link_words = 0;
  float prose_words = 0;  // In blocks that look like sentences.
  float child_prose = 0;  // The same of blocks that sit directly in it or in its children.
};

// A run of text between two block boundaries: what is kept or dropped as a whole.
struct Block {
  uint32_t begin = 0;  // In Page::text.
  uint32_t end = 0;
  uint32_t words_begin = 0;  // In Page::words: its first ones.
  uint32_t words_end = 0;
  int32_t node = 0;
  TextStats stats;
  uint32_t link_bytes = 0;
  uint32_t bold_bytes = 0;
  uint32_t italic_bytes = 0;
  Roles inline_roles = 0;  // Of the inline elements inside.
  uint32_t path = 0;    // Of the signatures of its last three nodes: equal for repeated structures.
  uint16_t images = 0;  // Before or in it, since the block before.
  uint16_t links = 0;
  bool after_break = false;   // Begins after <br> and not after a tag's boundary.
  bool hard_dropped = false;  // In navigation, footer and the like, without a veto.

  float link_density() const {
    return end > begin ? static_cast<float>(link_bytes) / static_cast<float>(end - begin) : 0.0F;
  }
};

// A name and a value out of the page's head, or an element that carries a date or a name.
struct Hint {
  enum class Kind : uint8_t {
    kMeta,
    kTitle,
    kCanonical,
    kHeading,
    kHeadingPart,  // An element within h1 or h2.
    kTime,
    kAuthor,
    kDateText,
    kHtmlLang,
    kAmp,
    kImage
  };
  Kind kind = Kind::kMeta;
  int32_t block = 0;  // How many blocks came before.
  std::string name;   // Of a meta element, lower case; "1" for h1.
  std::string value;
};

// A page as flat arrays.
struct Page {
  std::string text;  // Of all blocks, one after the other.
  std::vector<Node> nodes;
  std::vector<Block> blocks;
  std::vector<uint32_t> words;  // Of all blocks, hashed by Measure.
  std::vector<Hint> hints;
  std::vector<std::string> json_ld;  // Bodies of the scripts.
  std::vector<std::string> states;   // The same of scripts that are other JSON.
  uint32_t bytes = 0;
  uint32_t password_inputs = 0;
  uint32_t videos = 0;
  bool plain_text = false;
  bool truncated = false;  // A cap was met.

  std::string_view TextOf(const Block& block) const {
    return std::string_view(text).substr(block.begin, block.end - block.begin);
  }
  absl::Span<const uint32_t> WordsOf(const Block& block) const {
    return absl::MakeConstSpan(words).subspan(block.words_begin,
                                              block.words_end - block.words_begin);
  }
  // What the first meta element of this name says; empty: there is none.
  std::string_view Meta(std::string_view name) const;
  void Clear();
};

}  // namespace sluice::deboilerplate
