#include "services/deboilerplate/forest.h"

#include <gtest/gtest.h>

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
                           size_t count, Forest::Lanes lanes = Forest::Widest()) {
  std::vector<float> columns(kColumns * Forest::kRows);
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t c = 0; c < kColumns; ++c) columns[c * Forest::kRows + row] = rows[row][c];
  }
  std::vector<float> out(count);
  Forest(trees.view(), lanes).Predict(columns.data(), absl::MakeSpan(out));
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

TEST(ForestTest, WhatTheFirstTreesGiveUpIsZero) {
  std::mt19937 random(1);
  Trees trees;
  for (int tree = 0; tree < 16; ++tree) Grow(trees, 8, -0.5F, random);
  for (int tree = 16; tree < 40; ++tree) Grow(trees, 8, 2, random);
  const std::vector<std::vector<float>> rows = MakeRows(random);
  const std::vector<float> answers = Predict(trees, rows, rows.size());
  size_t given_up = 0;
  for (size_t row = 0; row < rows.size(); ++row) {
    float sum = 0;
    for (size_t tree = 0; tree < 16; ++tree) sum += Walk(trees, tree, rows[row]);
    given_up += sum < -2.75F ? 1 : 0;
    EXPECT_EQ(answers[row] == 0, sum < -2.75F) << sum;
  }
  EXPECT_GT(given_up, 0U);
}

}  // namespace
}  // namespace sluice::deboilerplate
