#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/deboilerplate/page.h"
#include "services/deboilerplate/witness.h"

namespace sluice::deboilerplate {

// The figures by which a model judges a block: one row of floats a block, in a fixed order. What a
// page of plain text cannot have is 0.
class FeatureTable {
 public:
  // Of all blocks. `page` has been summarised.
  void Compute(const Page& page, const Witness& witness, bool article_marked);

  size_t rows() const { return rows_; }
  size_t columns() const { return columns_; }
  const float* Row(size_t block) const { return values_.data() + block * columns_; }

 private:
  friend class FeatureWriter;

  std::vector<float> values_;
  size_t rows_ = 0;
  size_t columns_ = 0;
};

}  // namespace sluice::deboilerplate
