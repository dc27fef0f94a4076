#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// What has to be known of a whole page before one of its blocks can be judged: what stands before
// and behind each block, which blocks are alike, and where the story seems to be.
struct PageSurvey {
  // Blocks of one text.
  struct Copies {
    size_t first = 0;
    int count = 0;
  };
  // Blocks of one structure: of one Block::path.
  struct Group {
    float blocks = 0, words = 0, links = 0, sentences = 0;  // `links`: words that are links.
  };

  // By block: what the blocks before it have; one entry more, for the page. A barrier counts from
  // the first prose on: before it, it is part of the navigation.
  std::vector<float> words_before, prose_before, barriers_before;
  // By block: the nearest one before (-1: none) and behind (as many as there are: none).
  std::vector<int> last_prose, next_prose, last_barrier;
  std::vector<int> group_of;  // By block, in `groups`.
  std::vector<Group> groups;
  absl::flat_hash_map<uint64_t, Copies> copies;  // By TextStats::hash.

  // Sums over the page's blocks.
  float prose_blocks = 0, link_words = 0, cjk = 0, characters = 0;
  float items = 0, headings = 0;  // li; h2 to h6.
  float named_words = 0;          // Where a class or an id says what it is.
  float tagged_words = 0;         // In elements that divide a page: article, nav, footer.
  float articles = 0;             // <article> elements.
  float child_prose_max = 0;      // Of all nodes.
  int32_t root_node = -1;         // That with child_prose_max. -1: no prose.
  int32_t article_node = -1;      // The marked one with most prose. -1: none is marked.
  int32_t headline_block = -1;    // Of the story's headline. -1: there is none.

  float words() const { return words_before.back(); }
  float prose() const { return prose_before.back(); }
  // Of the blocks from `begin` to before `end`.
  float WordsIn(size_t begin, size_t end) const { return words_before[end] - words_before[begin]; }
  float ProseIn(size_t begin, size_t end) const { return prose_before[end] - prose_before[begin]; }
};

// Of a page that has been summarised. Linear in blocks and nodes.
PageSurvey SurveyPage(const Page& page);

}  // namespace sluice::deboilerplate
