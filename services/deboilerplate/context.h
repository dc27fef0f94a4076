#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// What a first guess at all blocks says about each: the second model sees a block's own figures
// and, behind them, these.
class BlockContext {
 public:
  // `guess`: a probability for each block. Both outlive the context.
  BlockContext(const Page& page, absl::Span<const float> guess);
  ~BlockContext();
  BlockContext(const BlockContext&) = delete;
  BlockContext& operator=(const BlockContext&) = delete;

  // Appends to the block's own row.
  void Append(size_t block, std::vector<float>& row) const;

 private:
  class Writer;
  const std::unique_ptr<Writer> writer_;
};

}  // namespace sluice::deboilerplate
