#pragma once

#include <cstdint>

#include "absl/types/span.h"

namespace sluice::deboilerplate {

// A node of a tree. Inner: goes to `left` where feature <= value, else to the node after `left`;
// counted from the tree's root. Leaf (left is 0): `value` is added to the sum.
struct TreeNode {
  uint16_t feature = 0;
  uint16_t left = 0;
  float value = 0;
};

// Gradient-boosted trees that answer with a probability (Forest). A view of arrays that outlive it;
// any thread.
struct Gbdt {
  absl::Span<const TreeNode> nodes;
  absl::Span<const uint32_t> roots;  // One a tree.
  uint32_t columns = 0;              // Of a row.
};

// The models that decide about blocks: the first judges each by itself, the second sees the first
// one's guesses around it; and of markup the one that says whether what was kept is a story.
struct PageModels {
  Gbdt html_first;
  Gbdt html_second;
  Gbdt text_first;
  Gbdt text_second;
  Gbdt html_presence;
};

// Those of the program, in static arrays written by script/train.
const PageModels& ShippedModels();

}  // namespace sluice::deboilerplate
