#include "services/fetch/warc_input.h"

#include <utility>

#include "pipeline/codec/inflate.h"
#include "services/fetch/gzip_members.h"
#include "services/fetch/read_buffer.h"

namespace sluice::fetch {
namespace {

// An archive that is not compressed: one segment.
class PlainInput final : public WarcInput {
 public:
  explicit PlainInput(ReadBuffer buffer) : buffer_(std::move(buffer)) { window_ = buffer_.bytes(); }

  absl::StatusOr<bool> NextSegment() override {
    if (std::exchange(begun_, true)) return false;
    if (absl::Status status = Fill(1); !status.ok()) return status;
    return !window_.empty();
  }

  absl::Status Fill(size_t size) override {
    if (window_.size() >= size) return absl::OkStatus();
    buffer_.Consume(buffer_.bytes().size() - window_.size());
    absl::Status status = buffer_.Fill(size);
    window_ = buffer_.bytes();
    return status;
  }

  uint64_t offset() const override { return consumed_; }
  bool plain() const override { return true; }

 private:
  ReadBuffer buffer_;
  bool begun_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<WarcInput>> WarcInput::Create(ByteSource& source,
                                                             size_t window_bytes_max) {
  ReadBuffer buffer(source);
  if (absl::Status status = buffer.Fill(3); !status.ok()) return status;
  if (codec::IsGzip(buffer.bytes()))
    return GzipMembers::Create(std::move(buffer), window_bytes_max);
  return std::make_unique<PlainInput>(std::move(buffer));
}

}  // namespace sluice::fetch
