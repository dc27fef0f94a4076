#include "pipeline/codec/packed_file.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "pipeline/codec/inflate.h"

namespace sluice::codec {

absl::StatusOr<std::string> ReadPackedFile(const std::filesystem::path& path, size_t bytes_max) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(fmt::format("cannot open {}", path.string()));
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  const ContentCoding coding = IsGzip(bytes) ? ContentCoding::kGzip : ContentCoding::kIdentity;
  return InflatePrefix(bytes, coding, bytes_max);
}

}  // namespace sluice::codec
