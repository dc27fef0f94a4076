#pragma once

#include <cstddef>
#include <memory>

#include "services/deboilerplate/page.h"
#include "services/deboilerplate/witness.h"

namespace sluice::deboilerplate {

// The figures by which a model judges a block, in a fixed order. What a page of plain text cannot
// have is 0 or left out.
class BlockFeatures {
 public:
  // Surveys a page, which has been summarised. Both outlive the features. `article_marked`: linked
  // data call the page an article.
  BlockFeatures(const Page& page, const Witness& witness, bool article_marked);
  ~BlockFeatures();
  BlockFeatures(const BlockFeatures&) = delete;
  BlockFeatures& operator=(const BlockFeatures&) = delete;

  static constexpr size_t kColumnsMax = 320;

  static constexpr size_t kStride = 16;  // Rows lie side by side, as a Forest reads them.

  // Writes the figures to out[0], out[kStride] and so on; returns how many.
  size_t Write(size_t block, float* out) const;

 private:
  class Writer;
  const std::unique_ptr<Writer> writer_;
};

}  // namespace sluice::deboilerplate
