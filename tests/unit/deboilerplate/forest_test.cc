#include "services/deboilerplate/forest.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

namespace sluice::deboilerplate {
namespace {

constexpr size_t kColumns = 40;

struct Trees {
  std::vector<TreeNode> nodes;
  std::vector<uint32_t> roots;
  Gbdt view() const { return {nodes, roots, kColumns}; }
};

// Splits one leaf after the other.
void Grow(Trees& trees, size_t leaves, float bias, std::mt19937& random) {
  const size_t root = trees.nodes.size();
  trees.roots.push_back(static_cast<uint32_t>(root));
  std::uniform_real_distribution<float> value(-1, 1);
  std::vector<TreeNode> tree = {{0, 0, value(random) + bias}};
  while (tree.size() < 2 * leaves - 1) {
    TreeNode& node = tree[random() % tree.size()];
    if (node.left != 0) continue;
    node = {static_cast<uint16_t>(random() % kColumns), static_cast<uint16_t>(tree.size()),
            value(random)};
    tree.push_back({0, 0, value(random) + bias});
    tree.push_back({0, 0, value(random) + bias});
  }
  trees.nodes.insert(trees.nodes.end(), tree.begin(), tree.end());
}

float Walk(const Trees& trees, size_t tree, const std::vector<float>& row) {
  const TreeNode* const root = trees.nodes.data() + trees.roots[tree];
  const TreeNode* at = root;
  while (at->left != 0) at = root + at->left + (row[at->feature] > at->value ? 1 : 0);
  return at->value;
}

std::vector<std::vector<float>> MakeRows(std::mt19937& random) {
  std::uniform_real_distribution<float> value(-1, 1);
  std::vector<std::vector<float>> rows(Forest::kRows, std::vector<float>(kColumns));
  for (std::vector<float>& row : rows) {
    for (float& x : row) x = value(random);
  }
  return rows;
}

std::vector<float> Predict(const Trees& trees, const std::vector<std::vector<float>>& rows,
                           size_t count, Forest::Lanes lanes = Forest::Widest(),
                           absl::Span<const Forest::Exit> exits = {}) {
  std::vector<float> columns(kColumns * Forest::kRows);
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t c = 0; c < kColumns; ++c) columns[c * Forest::kRows + row] = rows[row][c];
  }
  std::vector<float> out(count);
  Forest(trees.view(), exits, lanes).Predict(columns.data(), absl::MakeSpan(out));
  return out;
}

TEST(ForestTest, AnswersAsTreesWalkedOneByOne) {
  const uint32_t seed = 7;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (size_t round = 0; round < 200; ++round) {
    Trees trees;
    for (size_t tree = 0; tree < round % 14; ++tree)
      Grow(trees, 1 + random() % Forest::kLeavesMax, 0, random);
    const std::vector<std::vector<float>> rows = MakeRows(random);
    const size_t count = 1 + round % Forest::kRows;
    const std::vector<float> answers = Predict(trees, rows, count);
    for (const auto lanes : {Forest::Lanes::kFour, Forest::Lanes::kEight}) {
      if (lanes > Forest::Widest()) continue;
      EXPECT_EQ(answers, Predict(trees, rows, count, lanes)) << "round " << round;
    }
    for (size_t row = 0; row < count; ++row) {
      float sum = 0;
      for (size_t tree = 0; tree < trees.roots.size(); ++tree) sum += Walk(trees, tree, rows[row]);
      ASSERT_NEAR(answers[row], 1 / (1 + std::exp(-sum)), 1e-5) << "round " << round;
    }
  }
}

TEST(ForestTest, WhatTheFirstTreesSettleIsWorthWhatTheExitSaysAndTheRestIsAskedOfAll) {
  const uint32_t seed = 1;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  Trees trees;
  for (int tree = 0; tree < 40; ++tree) Grow(trees, 8, 0, random);
  const std::vector<std::vector<float>> rows = MakeRows(random);
  const std::array exits = {
      Forest::Exit{.trees = 16, .least = -3, .most = 3, .low = 0.01F, .high = 0.99F},
      Forest::Exit{.trees = 32, .least = -2, .most = 2, .low = 0.1F, .high = 0.9F}};
  const std::vector<float> answers = Predict(trees, rows, rows.size(), Forest::Widest(), exits);
  std::array<size_t, 3> ends = {};  // At the first exit, at the second, at none.
  for (size_t row = 0; row < rows.size(); ++row) {
    float sum = 0;
    float expected = -1;
    for (size_t tree = 0; tree < trees.roots.size(); ++tree) {
      sum += Walk(trees, tree, rows[row]);
      for (size_t i = 0; i < exits.size(); ++i) {
        if (tree + 1 != exits[i].trees || expected >= 0) continue;
        if (sum < exits[i].least || sum > exits[i].most) {
          expected = sum < 0 ? exits[i].low : exits[i].high;
          ++ends[i];
        }
      }
    }
    if (expected < 0) {
      expected = 1 / (1 + std::exp(-sum));
      ++ends[2];
    }
    EXPECT_NEAR(answers[row], expected, 1e-5) << row;
  }
  for (const size_t count : ends) EXPECT_GT(count, 0U);
}

TEST(ForestTest, AnExitBehindTheLastTreeIsNone) {
  std::mt19937 random(1);
  Trees trees;
  for (int tree = 0; tree < 16; ++tree) Grow(trees, 8, 0, random);
  const std::vector<std::vector<float>> rows = MakeRows(random);
  const std::array exits = {Forest::Exit{.trees = 16, .least = 0, .most = 0}};
  EXPECT_EQ(Predict(trees, rows, rows.size(), Forest::Widest(), exits),
            Predict(trees, rows, rows.size()));
}

}  // namespace
}  // namespace sluice::deboilerplate
