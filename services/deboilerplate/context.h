#pragma once

#include <cstddef>
#include <memory>

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

  static constexpr size_t kColumnsMax = 64;

  static constexpr size_t kStride = 16;  // As in BlockFeatures.

  // Writes them to out[0], out[kStride] and so on; returns how many.
  size_t Write(size_t block, float* out) const;

 private:
  class Writer;
  const std::unique_ptr<Writer> writer_;
};

}  // namespace sluice::deboilerplate
