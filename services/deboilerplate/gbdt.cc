#include "services/deboilerplate/gbdt.h"

#include <cmath>

namespace sluice::deboilerplate {

float Gbdt::Predict(const float* row) const {
  float sum = 0;
  for (const uint32_t root : roots) {
    const TreeNode* tree = nodes.data() + root;
    const TreeNode* node = tree;
    while (node->left != 0) node = tree + node->left + (row[node->feature] > node->value ? 1 : 0);
    sum += node->value;
  }
  return 1.0F / (1.0F + std::exp(-sum));
}

}  // namespace sluice::deboilerplate
