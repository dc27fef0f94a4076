#include "services/deboilerplate/forest.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sluice::deboilerplate {
namespace {

// Four trees are added up before they come to the sum, in which order the models were measured.
constexpr size_t kTreesAtOnce = 4;

// A tree's conditions are filled up to a multiple with such that strike nothing: the loop over them
// is half of the work otherwise.
constexpr size_t kConditionsAtOnce = 4;

using FourFloats [[gnu::vector_size(16)]] = float;
using FourIntegers [[gnu::vector_size(16)]] = int32_t;
using EightFloats [[gnu::vector_size(32)]] = float;
using EightIntegers [[gnu::vector_size(32)]] = int32_t;
using SixteenFloats [[gnu::vector_size(64)]] = float;
using SixteenIntegers [[gnu::vector_size(64)]] = int32_t;

}  // namespace

Forest::Lanes Forest::Widest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd"))
    return Lanes::kSixteen;
  if (__builtin_cpu_supports("avx2")) return Lanes::kEight;
#endif
  return Lanes::kFour;
}

Forest::Forest(const Gbdt& trees, absl::Span<const Exit> exits, Lanes lanes)
    : exits_(exits.begin(), exits.end()),
      add_all_(&Forest::AddByFour<4>),
      add_half_(&Forest::AddByFour<2>) {
  for (size_t i = 0; i < trees.roots.size(); ++i) {
    const size_t end = i + 1 < trees.roots.size() ? trees.roots[i + 1] : trees.nodes.size();
    PrepareTree(trees.nodes.subspan(trees.roots[i], end - trees.roots[i]));
  }
  if (lanes != Lanes::kFour) {
    add_all_ = &Forest::AddByEight<2>;
    add_half_ = &Forest::AddByEight<1>;
  }
  if (lanes == Lanes::kSixteen) add_all_ = add_half_ = &Forest::AddBySixteen;
}

// A node's children stand behind it.
void Forest::PrepareTree(absl::Span<const TreeNode> tree) {
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
  while (conditions_.size() % kConditionsAtOnce != 0) conditions_.emplace_back();
  begins_.push_back(static_cast<uint32_t>(conditions_.size()));
}

template <typename Floats, typename Integers, size_t kVectors>
[[gnu::always_inline]] inline void Forest::Strike(size_t tree, const float* columns,
                                                  uint32_t* struck) const {
  constexpr size_t kWidth = sizeof(Floats) / sizeof(float);
  Integers gone[kVectors] = {};
  const Condition* const stop = conditions_.data() + begins_[tree + 1];
  for (const Condition* at = conditions_.data() + begins_[tree]; at != stop;) {
    for (size_t k = 0; k < kConditionsAtOnce; ++k, ++at) {
      for (size_t i = 0; i < kVectors; ++i) {
        Floats values;
        std::memcpy(&values, columns + at->at + i * kWidth, sizeof(values));
        gone[i] |= (values > at->value) & static_cast<int32_t>(at->leaves_struck);
      }
    }
  }
  std::memcpy(struck, gone, sizeof(gone));
}

template <typename Floats, typename Integers, size_t kVectors>
[[gnu::always_inline]] inline void Forest::AddTrees(size_t begin, size_t end, const float* columns,
                                                    float* sums) const {
  constexpr size_t kWidth = kVectors * sizeof(Floats) / sizeof(float);
  uint32_t struck[kTreesAtOnce][kRows];
  for (size_t tree = begin; tree < end; tree += kTreesAtOnce) {
    const size_t count = std::min(kTreesAtOnce, end - tree);
    for (size_t k = 0; k < count; ++k)
      Strike<Floats, Integers, kVectors>(tree + k, columns, struck[k]);
    const float* leaves = leaves_.data() + tree * kLeavesMax;
    for (size_t row = 0; row < kWidth; ++row) {
      const auto leaf = [&](size_t k) {
        return leaves[k * kLeavesMax + static_cast<size_t>(std::countr_one(struck[k][row]))];
      };
      if (count == kTreesAtOnce) {
        sums[row] += leaf(0) + leaf(1) + leaf(2) + leaf(3);
      } else {
        for (size_t k = 0; k < count; ++k) sums[row] += leaf(k);
      }
    }
  }
}

template <size_t kVectors>
void Forest::AddByFour(size_t begin, size_t end, const float* columns, float* sums) const {
  AddTrees<FourFloats, FourIntegers, kVectors>(begin, end, columns, sums);
}

#if defined(__x86_64__)

template <size_t kVectors>
[[gnu::target("avx2")]] void Forest::AddByEight(size_t begin, size_t end, const float* columns,
                                                float* sums) const {
  AddTrees<EightFloats, EightIntegers, kVectors>(begin, end, columns, sums);
}

// As AddTrees; a tree's leaves are in two registers, which one instruction looks all rows up in.
[[gnu::target("avx512f,avx512cd")]] void Forest::AddBySixteen(size_t begin, size_t end,
                                                              const float* columns,
                                                              float* sums) const {
  const auto leaf = [&](size_t tree) __attribute__((always_inline, target("avx512f,avx512cd"))) {
    uint32_t struck[kRows];
    Strike<SixteenFloats, SixteenIntegers, 1>(tree, columns, struck);
    SixteenIntegers left;
    std::memcpy(&left, struck, sizeof(left));
    left = ~left;
    const auto first = reinterpret_cast<__m512i>(left & -left);
    const auto index = 31 - reinterpret_cast<SixteenIntegers>(_mm512_lzcnt_epi32(first));
    const float* leaves = leaves_.data() + tree * kLeavesMax;
    return _mm512_permutex2var_ps(_mm512_loadu_ps(leaves), reinterpret_cast<__m512i>(index),
                                  _mm512_loadu_ps(leaves + 16));
  };
  __m512 sum = _mm512_loadu_ps(sums);
  size_t tree = begin;
  for (; tree + kTreesAtOnce <= end; tree += kTreesAtOnce)
    sum += leaf(tree) + leaf(tree + 1) + leaf(tree + 2) + leaf(tree + 3);
  for (; tree < end; ++tree) sum += leaf(tree);
  _mm512_storeu_ps(sums, sum);
}

#else

template <size_t kVectors>
void Forest::AddByEight(size_t begin, size_t end, const float* columns, float* sums) const {
  AddByFour<2 * kVectors>(begin, end, columns, sums);
}

void Forest::AddBySixteen(size_t begin, size_t end, const float* columns, float* sums) const {
  AddByFour<4>(begin, end, columns, sums);
}

#endif

void Forest::Predict(const float* columns, absl::Span<float> out) const {
  const Add add = out.size() > kRows / 2 ? add_all_ : add_half_;
  const size_t trees = begins_.size() - 1;
  std::array<float, kRows> sums = {};
  std::array<bool, kRows> settled = {};
  size_t tree = 0;
  for (const Exit& exit : exits_) {
    if (exit.trees >= trees) break;
    (this->*add)(tree, exit.trees, columns, sums.data());
    tree = exit.trees;
    bool all_settled = true;
    for (size_t row = 0; row < out.size(); ++row) {
      if (!settled[row] && (sums[row] < exit.least || sums[row] > exit.most)) {
        settled[row] = true;
        out[row] = sums[row] < exit.least ? exit.low : exit.high;
      }
      all_settled = all_settled && settled[row];
    }
    if (all_settled) return;
  }
  (this->*add)(tree, trees, columns, sums.data());
  for (size_t row = 0; row < out.size(); ++row) {
    if (!settled[row]) out[row] = 1.0F / (1.0F + std::exp(-sums[row]));
  }
}

}  // namespace sluice::deboilerplate
