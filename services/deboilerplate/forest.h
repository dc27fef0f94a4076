#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "services/deboilerplate/gbdt.h"

namespace sluice::deboilerplate {

// Trees made ready to judge several rows at a time: each condition of a tree is asked of all rows
// at once and strikes out the leaves that it keeps them from, and a row ends at the first leaf that
// is left (Lucchese et al., "QuickScorer", SIGIR 2015). The numbers are those of walking the trees
// one by one. Any thread.
class Forest {
 public:
  static constexpr size_t kRows = 8;
  static constexpr size_t kLeavesMax = 32;  // Of a tree.

  // Trees of more leaves end the program: they come with it, and training makes none.
  explicit Forest(const Gbdt& trees);

  // For each of `out`, at most kRows, the logistic function of the trees' sum; 0 where the first
  // ones leave little doubt of it. The value in column c of row r is columns[c * kRows + r]; kRows
  // values of each column are read.
  void Predict(const float* columns, absl::Span<float> out) const;

 private:
  struct Condition {
    uint32_t at = 0;             // Of the first row's value.
    float value = 0;             // Rows above it
    uint32_t leaves_struck = 0;  // do not end at these, a bit each.
  };

  // Of the trees from `begin` to before `end`, one after the other, for each row: the leaves
  // struck. Wide is a vector of floats and Mask the same of integers; as many rows are worked on at
  // once as they hold.
  template <typename Wide, typename Mask>
  void Strike(size_t begin, size_t end, const float* columns, uint32_t* struck) const;
  void StrikeByFour(size_t begin, size_t end, const float* columns, uint32_t* struck) const;
  void StrikeByEight(size_t begin, size_t end, const float* columns, uint32_t* struck) const;

  void AddTree(absl::Span<const TreeNode> tree);

  std::vector<Condition> conditions_;
  std::vector<uint32_t> begins_ = {0};  // Of each tree's conditions, and the end of the last one's.
  std::vector<float> leaves_;           // kLeavesMax a tree.
  decltype(&Forest::StrikeByFour) strike_ = &Forest::StrikeByFour;
};

// As BlockModels.
struct BlockForests {
  explicit BlockForests(const BlockModels& models)
      : html_first(models.html_first),
        html_second(models.html_second),
        text_first(models.text_first),
        text_second(models.text_second) {}

  Forest html_first;
  Forest html_second;
  Forest text_first;
  Forest text_second;
};

}  // namespace sluice::deboilerplate
