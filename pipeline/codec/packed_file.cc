#include "pipeline/codec/packed_file.h"

#include "pipeline/base/file.h"
#include "pipeline/codec/inflate.h"

namespace sluice::codec {
namespace {

constexpr size_t kPackedBytesMax = 256 << 20;

}  // namespace

absl::StatusOr<std::string> ReadPackedFile(const std::filesystem::path& path, size_t bytes_max) {
  const absl::StatusOr<std::string> bytes = base::ReadFile(path, kPackedBytesMax);
  if (!bytes.ok()) return bytes.status();
  const ContentCoding coding = IsGzip(*bytes) ? ContentCoding::kGzip : ContentCoding::kIdentity;
  return InflatePrefix(*bytes, coding, bytes_max);
}

}  // namespace sluice::codec
