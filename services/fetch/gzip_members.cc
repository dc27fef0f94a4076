#include "services/fetch/gzip_members.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/codec/inflate.h"

namespace sluice::fetch {
namespace {

constexpr size_t kOutBytesMin = 512 << 10;
constexpr size_t kInflateBytes = 64 << 10;  // At a time, while streaming.
constexpr std::string_view kMagic = "\x1F\x8B\x08";

}  // namespace

GzipMembers::GzipMembers(ReadBuffer raw, size_t window_bytes_max)
    : raw_(std::move(raw)),
      window_bytes_max_(window_bytes_max),
      decompressor_(libdeflate_alloc_decompressor()) {}

GzipMembers::~GzipMembers() {
  if (stream_open_) inflateEnd(&stream_);
}

absl::StatusOr<std::unique_ptr<WarcInput>> GzipMembers::Create(ReadBuffer raw,
                                                               size_t window_bytes_max) {
  std::unique_ptr<GzipMembers> members(new GzipMembers(std::move(raw), window_bytes_max));
  const bool open = inflateInit2(&members->stream_, 15 + 16) == Z_OK;
  members->stream_open_ = open;
  if (!open || members->decompressor_ == nullptr) {
    return absl::ResourceExhaustedError("no memory to inflate an archive");
  }
  return members;
}

absl::StatusOr<bool> GzipMembers::NextSegment() {
  if (absl::Status status = LeaveMember(); !status.ok()) return status;
  while (true) {
    if (absl::Status status = raw_.Fill(kWholeMemberBytesMax); !status.ok()) return status;
    const size_t padding = std::min(raw_.bytes().find_first_not_of('\0'), raw_.bytes().size());
    raw_.Consume(padding);
    if (padding > 0) continue;
    if (raw_.bytes().empty()) return false;
    member_offset_ = raw_.offset();
    consumed_ = out_end_ = 0;
    window_ = {};
    if (InflateWhole()) {
      if (window_.empty()) continue;
      return true;
    }
    if (!BeginStreaming()) {
      // Fill tells it.
      Fail(absl::StatusCode::kDataLoss, "no gzip member begins here").IgnoreError();
    }
    return true;
  }
}

// Passes over what is left of the member; after a damaged one to the next that holds a record.
absl::Status GzipMembers::LeaveMember() {
  while (state_ == State::kStreaming && !stream_ended_) {
    out_end_ = 0;
    window_ = {};
    if (!InflateMore().ok()) break;
  }
  const State state = std::exchange(state_, State::kIdle);
  if (state == State::kStreaming) {
    raw_.Consume(raw_used_);
  } else if (state == State::kFailed) {
    return FindMember(1);
  }
  return absl::OkStatus();
}

// Consumes the raw bytes up to the next member that begins with a record, looking from index `from`
// on.
absl::Status GzipMembers::FindMember(size_t from) {
  while (true) {
    if (absl::Status status = raw_.Fill(kWholeMemberBytesMax); !status.ok()) return status;
    const std::string_view bytes = raw_.bytes();
    const size_t found = bytes.find(kMagic, from);
    if (found == std::string_view::npos) {
      // The magic may be cut by the end of what was read.
      const size_t keep = raw_.source_ended() ? 0 : std::min(bytes.size(), kMagic.size() - 1);
      raw_.Consume(bytes.size() - keep);
      if (raw_.source_ended()) return absl::OkStatus();
      from = 0;
    } else if (BeginsRecord(bytes.substr(found))) {
      raw_.Consume(found);
      return absl::OkStatus();
    } else {
      raw_.Consume(found + 1);
      from = 0;
    }
  }
}

bool GzipMembers::BeginsRecord(std::string_view raw) const {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return false;
  std::array<char, 5> out;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(raw.data()));
  stream.avail_in = static_cast<uInt>(std::min(raw.size(), kInflateBytes));
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = out.size();
  inflate(&stream, Z_NO_FLUSH);
  inflateEnd(&stream);
  return stream.avail_out == 0 && std::string_view(out.data(), out.size()) == "WARC/";
}

// False: the member is damaged, cut off, too large, or goes on beyond what was read.
bool GzipMembers::InflateWhole() {
  Reserve(kOutBytesMin);
  const std::string_view raw = raw_.bytes();
  while (true) {
    size_t used = 0;
    size_t made = 0;
    const libdeflate_result result = libdeflate_gzip_decompress_ex(
        decompressor_.get(), raw.data(), raw.size(), out_.get(), out_capacity_, &used, &made);
    if (result == LIBDEFLATE_SUCCESS) {
      raw_.Consume(used);
      state_ = State::kWhole;
      out_end_ = made;
      window_ = {out_.get(), made};
      return true;
    }
    if (result != LIBDEFLATE_INSUFFICIENT_SPACE || out_capacity_ >= window_bytes_max_) return false;
    Reserve(std::min(2 * out_capacity_, window_bytes_max_));
  }
}

bool GzipMembers::BeginStreaming() {
  state_ = State::kStreaming;
  stream_ended_ = false;
  raw_used_ = 0;
  out_end_ = 0;
  return inflateReset(&stream_) == Z_OK && codec::IsGzip(raw_.bytes());
}

absl::Status GzipMembers::Fill(size_t size) {
  if (state_ == State::kFailed) return failure_;
  while (state_ == State::kStreaming && window_.size() < size && !stream_ended_) {
    if (absl::Status status = InflateMore(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// Adds a piece to the window.
absl::Status GzipMembers::InflateMore() {
  if (raw_used_ == raw_.bytes().size()) {
    // A member larger than this is not kept from its beginning.
    if (raw_used_ > kWholeMemberBytesMax) raw_.Consume(std::exchange(raw_used_, 0));
    if (absl::Status status = raw_.Fill(raw_used_ + 1); !status.ok()) return status;
    if (raw_used_ == raw_.bytes().size()) {
      return Fail(absl::StatusCode::kOutOfRange, "the file ends inside of a gzip member");
    }
  }
  Reserve(window_.size() + kInflateBytes);
  const std::string_view raw = raw_.bytes().substr(raw_used_);
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(raw.data()));
  stream_.avail_in = static_cast<uInt>(std::min<size_t>(raw.size(), 1U << 30));
  const size_t offered = stream_.avail_in;
  stream_.next_out = reinterpret_cast<Bytef*>(out_.get() + out_end_);
  stream_.avail_out = static_cast<uInt>(kInflateBytes);
  const int result = inflate(&stream_, Z_NO_FLUSH);
  raw_used_ += offered - stream_.avail_in;
  const size_t made = kInflateBytes - stream_.avail_out;
  window_ = {out_.get() + out_end_ - window_.size(), window_.size() + made};
  out_end_ += made;
  stream_ended_ = result == Z_STREAM_END;
  if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR) return absl::OkStatus();
  return Fail(absl::StatusCode::kDataLoss,
              stream_.msg == nullptr ? "a gzip member is broken" : stream_.msg);
}

absl::Status GzipMembers::Fail(absl::StatusCode code, std::string_view why) {
  state_ = State::kFailed;
  failure_ = absl::Status(code, base::ToAbsl(why));
  return failure_;
}

// Moves the window to the front of out_ and makes room for `size` bytes.
void GzipMembers::Reserve(size_t size) {
  if (out_end_ - window_.size() + size <= out_capacity_) return;
  const size_t held = window_.size();
  if (size > out_capacity_) {
    const size_t capacity = std::max(size, 2 * out_capacity_);
    std::unique_ptr<char[]> larger(new char[capacity]);
    if (held > 0) std::memcpy(larger.get(), window_.data(), held);
    out_ = std::move(larger);
    out_capacity_ = capacity;
  } else if (held > 0) {
    std::memmove(out_.get(), window_.data(), held);
  }
  out_end_ = held;
  window_ = {out_.get(), held};
}

}  // namespace sluice::fetch
