#include "services/deboilerplate/gbdt.h"

#include <cmath>

namespace sluice::deboilerplate {

namespace {

// Later trees change little: a sum so low after the first ones ends near zero. As in
// train/train.py.
struct Exit {
  size_t trees;
  float sum;
};
constexpr Exit kExits[] = {{16, -2.75F}, {32, -3.25F}};

}  // namespace

float Gbdt::Predict(const float* row) const {
  // Four trees at a time: each step waits for memory, and the four wait together. A leaf stays
  // where it is.
  const auto step = [row](const TreeNode* tree, const TreeNode* node) {
    return node->left == 0 ? node : tree + node->left + (row[node->feature] > node->value ? 1 : 0);
  };
  float sum = 0;
  size_t i = 0;
  for (; i + 4 <= roots.size(); i += 4) {
    for (const Exit& exit : kExits) {
      if (i == exit.trees && sum < exit.sum) return 0;
    }
    const TreeNode* trees[4];
    const TreeNode* at[4];
    for (size_t k = 0; k < 4; ++k) trees[k] = at[k] = nodes.data() + roots[i + k];
    while ((at[0]->left | at[1]->left | at[2]->left | at[3]->left) != 0) {
      for (size_t k = 0; k < 4; ++k) at[k] = step(trees[k], at[k]);
    }
    sum += at[0]->value + at[1]->value + at[2]->value + at[3]->value;
  }
  for (; i < roots.size() && i + 4 > roots.size(); ++i) {
    const TreeNode* tree = nodes.data() + roots[i];
    const TreeNode* node = tree;
    while (node->left != 0) node = step(tree, node);
    sum += node->value;
  }
  return 1.0F / (1.0F + std::exp(-sum));
}

}  // namespace sluice::deboilerplate
