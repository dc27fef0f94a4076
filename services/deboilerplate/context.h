#pragma once

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "services/deboilerplate/features.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// What a first guess at all blocks says about each: the second model sees a block's own figures
// and, behind them, these.
class ContextTable {
 public:
  // `guess`: a probability for each block. Overwrites what was there.
  void Compute(const Page& page, const FeatureTable& features, absl::Span<const float> guess);

  size_t rows() const { return rows_; }
  size_t columns() const { return columns_; }
  const float* Row(size_t block) const { return values_.data() + block * columns_; }

 private:
  std::vector<float> values_;
  size_t rows_ = 0;
  size_t columns_ = 0;
};

}  // namespace sluice::deboilerplate
