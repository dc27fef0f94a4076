#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/deboilerplate/gbdt.h"

namespace sluice::deboilerplate {

// Models of which each was trained without a fifth of the sites: a site's pages are judged by the
// one that has not seen it.
class FoldModels {
 public:
  // A file as script/train writes it. kDataLoss: it is none.
  static absl::StatusOr<FoldModels> Read(const std::string& path);

  size_t size() const { return folds_.size(); }
  const PageModels& fold(size_t index) const { return folds_[index]; }
  // Last two labels of the host, or three where the last two are a country's second level; the id
  // where there is no address.
  static std::string SiteOf(std::string_view url, std::string_view id);
  // CRC-32 of the site, or of the page's id where it has no address.
  size_t FoldOf(std::string_view url, std::string_view id) const;

 private:
  struct Arrays {
    std::vector<TreeNode> nodes;
    std::vector<uint32_t> roots;
  };
  std::vector<std::unique_ptr<Arrays>> arrays_;
  std::vector<PageModels> folds_;
};

}  // namespace sluice::deboilerplate
