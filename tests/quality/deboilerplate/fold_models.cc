#include "tests/quality/deboilerplate/fold_models.h"

#include <fmt/format.h>
#include <zlib.h>

#include "pipeline/codec/packed_file.h"

namespace sluice::deboilerplate {
namespace {

constexpr size_t kFileBytesMax = 256 << 20;

class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}
  template <typename T>
  bool Take(T* out, size_t count) {
    if (bytes_.size() < count * sizeof(T)) return false;
    bytes_.copy(reinterpret_cast<char*>(out), count * sizeof(T));
    bytes_.remove_prefix(count * sizeof(T));
    return true;
  }
  bool done() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

}  // namespace

absl::StatusOr<FoldModels> FoldModels::Read(const std::string& path) {
  absl::StatusOr<std::string> bytes = codec::ReadPackedFile(path, kFileBytesMax);
  if (!bytes.ok()) return bytes.status();
  Cursor cursor(*bytes);
  FoldModels out;
  const auto damaged = [&path] {
    return absl::DataLossError(
        fmt::format("{} is no file of fold models; make it with script/train", path));
  };
  while (!cursor.done()) {
    PageModels models;
    for (Gbdt* model : {&models.html_first, &models.html_second, &models.text_first,
                        &models.text_second, &models.html_presence}) {
      uint32_t header[3] = {};
      if (!cursor.Take(header, 3)) return damaged();
      auto arrays = std::make_unique<Arrays>();
      arrays->roots.resize(header[1]);
      arrays->nodes.resize(header[2]);
      if (!cursor.Take(arrays->roots.data(), header[1]) ||
          !cursor.Take(arrays->nodes.data(), header[2]))
        return damaged();
      *model = {arrays->nodes, arrays->roots, header[0]};
      out.arrays_.push_back(std::move(arrays));
    }
    out.folds_.push_back(models);
  }
  if (out.folds_.empty()) return damaged();
  return out;
}

// As train/pages.py has it.
std::string FoldModels::SiteOf(std::string_view url, std::string_view id) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(id);
  std::string_view host = url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  host = host.substr(0, host.rfind(':'));
  if (host.empty()) return std::string(id);
  std::string lower(host);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  std::vector<std::string_view> labels;
  for (std::string_view rest = lower; !rest.empty();) {
    const size_t dot = std::min(rest.find('.'), rest.size());
    labels.push_back(rest.substr(0, dot));
    rest.remove_prefix(std::min(dot + 1, rest.size()));
  }
  const size_t n = labels.size();
  const bool second_level = n > 2 && labels[n - 2].size() <= 3 && labels[n - 1].size() == 2;
  const size_t keep = std::min<size_t>(n, second_level ? 3 : 2);
  return lower.substr(static_cast<size_t>(labels[n - keep].data() - lower.data()));
}

size_t FoldModels::FoldOf(std::string_view url, std::string_view id) const {
  const std::string site = SiteOf(url, id);
  return crc32(0, reinterpret_cast<const Bytef*>(site.data()), static_cast<uInt>(site.size())) %
         folds_.size();
}

}  // namespace sluice::deboilerplate
