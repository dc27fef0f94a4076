#include "services/fetch/gunzip_source.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace sluice::fetch {
namespace {

constexpr size_t kReadBytes = 64 << 10;
constexpr codec::Inflater::Limits kNoLimits = {.bytes_max = std::numeric_limits<size_t>::max(),
                                               .ratio_max = std::numeric_limits<double>::infinity(),
                                               .ratio_free_bytes = 0};

}  // namespace

GunzipSource::GunzipSource(ByteSource& source, std::string head) : source_(&source) {
  if (codec::IsGzip(head))
    inflater_ = codec::Inflater::Create(codec::ContentCoding::kGzip, kNoLimits);
  plain_ = std::move(head);
}

absl::StatusOr<std::unique_ptr<GunzipSource>> GunzipSource::Create(ByteSource& source) {
  constexpr size_t kMagicBytes = 3;
  std::string head(kReadBytes, '\0');
  size_t held = 0;
  while (held < kMagicBytes) {
    const absl::StatusOr<size_t> count = source.Read(head.data() + held, head.size() - held);
    if (!count.ok()) return count.status();
    if (*count == 0) break;
    held += *count;
  }
  head.resize(held);
  std::unique_ptr<GunzipSource> gunzip(new GunzipSource(source, std::move(head)));
  if (gunzip->inflater_ != nullptr) {
    const std::string compressed = std::exchange(gunzip->plain_, {});
    absl::Status status = gunzip->inflater_->Write(compressed, gunzip->plain_);
    if (!status.ok()) return status;
  }
  return gunzip;
}

absl::StatusOr<size_t> GunzipSource::Read(char* buffer, size_t size) {
  while (plain_used_ == plain_.size() && !ended_) {
    if (absl::Status status = ReadMore(); !status.ok()) return status;
  }
  const size_t taken = std::min(size, plain_.size() - plain_used_);
  if (taken > 0) std::memcpy(buffer, plain_.data() + plain_used_, taken);
  plain_used_ += taken;
  return taken;
}

absl::Status GunzipSource::ReadMore() {
  plain_used_ = 0;
  plain_.resize(kReadBytes);
  const absl::StatusOr<size_t> count = source_->Read(plain_.data(), plain_.size());
  if (!count.ok()) return count.status();
  ended_ = *count == 0;
  plain_.resize(*count);
  if (inflater_ == nullptr) return absl::OkStatus();
  if (ended_) return inflater_->Close();
  const std::string compressed = std::exchange(plain_, {});
  return inflater_->Write(compressed, plain_);
}

}  // namespace sluice::fetch
