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
  static constexpr size_t kRows = 16;
  static constexpr size_t kLeavesMax = 32;  // Of a tree.

  // How many rows an instruction works on.
  enum class Lanes : uint8_t { kFour, kEight, kSixteen };  // AVX2 for eight, AVX-512 for sixteen.
  // The most that this processor has.
  static Lanes Widest();

  // Trees of more leaves end the program: they come with it, and training makes none.
  explicit Forest(const Gbdt& trees, Lanes lanes = Widest());

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

  // Adds the trees from `begin` to before `end` to the rows' sums.
  using Add = void (Forest::*)(size_t begin, size_t end, const float* columns, float* sums) const;

  // By vectors of floats and the same of integers, kVectors of which hold the rows.
  template <typename Floats, typename Integers, size_t kVectors>
  void AddTrees(size_t begin, size_t end, const float* columns, float* sums) const;
  template <typename Floats, typename Integers, size_t kVectors>
  void Strike(size_t tree, const float* columns, uint32_t* struck) const;

  template <size_t kVectors>
  void AddByFour(size_t begin, size_t end, const float* columns, float* sums) const;
  template <size_t kVectors>
  void AddByEight(size_t begin, size_t end, const float* columns, float* sums) const;
  void AddBySixteen(size_t begin, size_t end, const float* columns, float* sums) const;

  void PrepareTree(absl::Span<const TreeNode> tree);

  std::vector<Condition> conditions_;
  std::vector<uint32_t> begins_ = {0};  // Of each tree's conditions, and the end of the last one's.
  std::vector<float> leaves_;           // kLeavesMax a tree.
  Add add_all_;                         // For kRows rows.
  Add add_half_;                        // For half as many.
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
