#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
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

  // Where the first trees leave little doubt what comes of all: rows whose sum is then below
  // `least` are worth `low`, those above `most` are worth `high`.
  struct Exit {
    size_t trees = 0;
    float least = -std::numeric_limits<float>::infinity();
    float most = std::numeric_limits<float>::infinity();
    float low = 0;
    float high = 1;
  };

  // `exits`: in the order of their trees. Trees of more leaves end the program: they come with it,
  // and training makes none.
  explicit Forest(const Gbdt& trees, absl::Span<const Exit> exits = {}, Lanes lanes = Widest());

  // For each of `out`, at most kRows, the logistic function of the trees' sum, or what an exit
  // says. The value in column c of row r is columns[c * kRows + r]; kRows values of each column are
  // read.
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

  const std::vector<Exit> exits_;
  std::vector<Condition> conditions_;
  std::vector<uint32_t> begins_ = {0};  // Of each tree's conditions, and the end of the last one's.
  std::vector<float> leaves_;           // kLeavesMax a tree.
  Add add_all_;                         // For kRows rows.
  Add add_half_;                        // For half as many.
};

// As PageModels.
struct PageForests {
  explicit PageForests(const PageModels& models)
      : html_first(models.html_first, kFirstExits),
        html_second(models.html_second, kSecondExits),
        text_first(models.text_first, kFirstExits),
        text_second(models.text_second, kSecondExits),
        html_presence(models.html_presence) {}

  // As in train/train.py. A block that leaves a second model early is worth what all trees say of
  // such blocks of sites left out, on average; none of 15,000 was decided otherwise.
  static constexpr std::array kFirstExits = {Forest::Exit{.trees = 16, .least = -2.75F},
                                             Forest::Exit{.trees = 32, .least = -3.25F}};
  static constexpr std::array kSecondExits = {
      Forest::Exit{.trees = 48, .least = -1.2F, .most = 2.2F, .low = 0.03F, .high = 0.99F},
      Forest::Exit{.trees = 96, .least = -1.5F, .most = 1.8F, .low = 0.065F, .high = 0.93F},
      Forest::Exit{.trees = 200, .least = -1.4F, .most = 1.3F, .low = 0.1F, .high = 0.86F}};

  Forest html_first;
  Forest html_second;
  Forest text_first;
  Forest text_second;
  Forest html_presence;
};

}  // namespace sluice::deboilerplate
