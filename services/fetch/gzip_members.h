#pragma once

#include <libdeflate.h>
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/fetch/read_buffer.h"
#include "services/fetch/warc_input.h"

namespace sluice::fetch {

// A gzip file member by member (RFC 1952): a segment is a member. Most are inflated at once, which
// is two to three times as fast; one that is too large or damaged comes in pieces. After a damaged
// one the next that holds a record is looked for.
class GzipMembers final : public WarcInput {
 public:
  // The largest member, compressed, that is inflated at once.
  static constexpr size_t kWholeMemberBytesMax = 1 << 20;

  static absl::StatusOr<std::unique_ptr<WarcInput>> Create(ReadBuffer raw, size_t window_bytes_max);
  ~GzipMembers() override;

  absl::StatusOr<bool> NextSegment() override;
  absl::Status Fill(size_t size) override;
  uint64_t offset() const override { return member_offset_; }
  bool plain() const override { return false; }

 private:
  enum class State { kIdle, kWhole, kStreaming, kFailed };

  GzipMembers(ReadBuffer raw, size_t window_bytes_max);

  absl::Status LeaveMember();
  absl::Status FindMember(size_t from);
  bool BeginsRecord(std::string_view raw) const;
  bool InflateWhole();
  bool BeginStreaming();
  absl::Status InflateMore();
  absl::Status Fail(absl::StatusCode code, std::string_view why);
  void Reserve(size_t size);

  ReadBuffer raw_;  // Begins at the member while it is small enough to be kept.
  size_t window_bytes_max_;
  State state_ = State::kIdle;
  absl::Status failure_;
  uint64_t member_offset_ = 0;

  struct FreeDecompressor {
    void operator()(libdeflate_decompressor* decompressor) const {
      libdeflate_free_decompressor(decompressor);
    }
  };
  std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor_;
  z_stream stream_{};
  bool stream_open_ = false;
  bool stream_ended_ = false;
  size_t raw_used_ = 0;  // Of raw_, by the stream.

  std::unique_ptr<char[]> out_;  // window_ is in it.
  size_t out_capacity_ = 0;
  size_t out_end_ = 0;
};

}  // namespace sluice::fetch
