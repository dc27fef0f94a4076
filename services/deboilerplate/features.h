#pragma once

#include <cstddef>
#include <memory>
#include <vector>

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

  // Overwrites `row`.
  void Write(size_t block, std::vector<float>& row) const;

 private:
  class Writer;
  const std::unique_ptr<Writer> writer_;
};

}  // namespace sluice::deboilerplate
