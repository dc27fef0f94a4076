#include "services/deboilerplate/forest.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace sluice::deboilerplate {
namespace {

// Later trees change little: a sum so low after the first ones ends near zero. As in
// train/train.py.
struct Exit {
  size_t trees;
  float sum;
};
constexpr std::array kExits = {Exit{16, -2.75F}, Exit{32, -3.25F}};

// Marks the rows that go no further than the first `trees`.
void GiveUp(size_t trees, absl::Span<const float> sums, bool* given_up) {
  for (const Exit& exit : kExits) {
    if (trees != exit.trees) continue;
    for (size_t row = 0; row < sums.size(); ++row)
      given_up[row] = given_up[row] || sums[row] < exit.sum;
  }
}

// Four trees are added up before they come to the sum, in which order the models were measured.
constexpr size_t kTreesAtOnce = 4;

using Four [[gnu::vector_size(16)]] = float;
using FourMasks [[gnu::vector_size(16)]] = int32_t;
using Eight [[gnu::vector_size(32)]] = float;
using EightMasks [[gnu::vector_size(32)]] = int32_t;

}  // namespace

Forest::Forest(const Gbdt& trees) {
  for (size_t i = 0; i < trees.roots.size(); ++i) {
    const size_t end = i + 1 < trees.roots.size() ? trees.roots[i + 1] : trees.nodes.size();
    AddTree(trees.nodes.subspan(trees.roots[i], end - trees.roots[i]));
  }
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) strike_ = &Forest::StrikeByEight;
#endif
}

// A node's children stand behind it.
void Forest::AddTree(absl::Span<const TreeNode> tree) {
  std::vector<uint32_t> leaves(tree.size());      // Below each node.
  std::vector<uint32_t> first_leaf(tree.size());  // From the left.
  for (size_t i = tree.size(); i-- > 0;) {
    const size_t left = tree[i].left;
    leaves[i] = left == 0 ? 1 : leaves[left] + leaves[left + 1];
  }
  if (!leaves.empty() && leaves[0] > kLeavesMax) std::abort();
  const size_t base = leaves_.size();
  leaves_.resize(base + kLeavesMax);
  for (size_t i = 0; i < tree.size(); ++i) {
    const TreeNode& node = tree[i];
    if (node.left == 0) {
      leaves_[base + first_leaf[i]] = node.value;
      continue;
    }
    first_leaf[node.left] = first_leaf[i];
    first_leaf[node.left + 1U] = first_leaf[i] + leaves[node.left];
    const uint32_t left_leaves = (1U << leaves[node.left]) - 1;  // Not all: the right has some.
    conditions_.push_back(
        {static_cast<uint32_t>(node.feature * kRows), node.value, left_leaves << first_leaf[i]});
  }
  begins_.push_back(static_cast<uint32_t>(conditions_.size()));
}

template <typename Wide, typename Mask>
[[gnu::always_inline]] inline void Forest::Strike(size_t begin, size_t end, const float* columns,
                                                  uint32_t* struck) const {
  constexpr size_t kWidth = sizeof(Wide) / sizeof(float);
  const Condition* condition = conditions_.data() + begins_[begin];
  for (size_t tree = begin; tree < end; ++tree, struck += kRows) {
    Mask gone[kRows / kWidth] = {};
    for (const Condition* stop = conditions_.data() + begins_[tree + 1]; condition != stop;
         ++condition) {
      const float* values = columns + condition->at;
      for (size_t part = 0; part < kRows / kWidth; ++part, values += kWidth) {
        Wide wide;
        std::memcpy(&wide, values, sizeof(wide));
        gone[part] |= (wide > condition->value) & static_cast<int32_t>(condition->leaves_struck);
      }
    }
    std::memcpy(struck, gone, sizeof(gone));
  }
}

void Forest::StrikeByFour(size_t begin, size_t end, const float* columns, uint32_t* struck) const {
  Strike<Four, FourMasks>(begin, end, columns, struck);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]]
#endif
void Forest::StrikeByEight(size_t begin, size_t end, const float* columns, uint32_t* struck) const {
  Strike<Eight, EightMasks>(begin, end, columns, struck);
}

void Forest::Predict(const float* columns, absl::Span<float> out) const {
  const size_t trees = begins_.size() - 1;
  std::array<float, kRows> sums = {};
  std::array<bool, kRows> given_up = {};
  std::array<uint32_t, kTreesAtOnce * kRows> struck;
  for (size_t tree = 0; tree < trees; tree += kTreesAtOnce) {
    GiveUp(tree, absl::MakeConstSpan(sums).first(out.size()), given_up.data());
    if (std::find(given_up.begin(), given_up.begin() + out.size(), false) ==
        given_up.begin() + out.size())
      break;
    const size_t end = std::min(trees, tree + kTreesAtOnce);
    (this->*strike_)(tree, end, columns, struck.data());
    const float* leaves = leaves_.data() + tree * kLeavesMax;
    for (size_t row = 0; row < out.size(); ++row) {
      const auto leaf = [&](size_t k) {
        const auto first = static_cast<size_t>(std::countr_one(struck[k * kRows + row]));
        return leaves[k * kLeavesMax + first];
      };
      if (end - tree == kTreesAtOnce) {
        sums[row] += leaf(0) + leaf(1) + leaf(2) + leaf(3);
      } else {
        for (size_t k = 0; k < end - tree; ++k) sums[row] += leaf(k);
      }
    }
  }
  for (size_t row = 0; row < out.size(); ++row)
    out[row] = given_up[row] ? 0 : 1.0F / (1.0F + std::exp(-sums[row]));
}

}  // namespace sluice::deboilerplate
