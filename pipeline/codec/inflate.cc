#include "pipeline/codec/inflate.h"

#include <absl/strings/match.h>
#include <brotli/decode.h>
#include <fmt/format.h>
#include <libdeflate.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

#include "pipeline/base/strings.h"

namespace sluice::codec {
namespace {

constexpr std::string_view kGzipMagic = "\x1F\x8B";

absl::Status Corrupt(std::string_view coding, std::string_view why) {
  return absl::DataLossError(fmt::format("corrupt {} data: {}", coding, why));
}

class IdentityInflater final : public Inflater {
 public:
  explicit IdentityInflater(const Limits& limits) : Inflater(limits) {}

 private:
  absl::StatusOr<size_t> Step(std::string_view& input, char* buffer, size_t size) override {
    const size_t taken = std::min(input.size(), size);
    if (taken > 0) std::memcpy(buffer, input.data(), taken);
    input.remove_prefix(taken);
    return taken;
  }
  bool AtEnd() const override { return true; }
};

// gzip, zlib and raw deflate.
class ZlibInflater final : public Inflater {
 public:
  ZlibInflater(bool gzip, const Limits& limits) : Inflater(limits), gzip_(gzip) {}
  ~ZlibInflater() override {
    if (open_) inflateEnd(&stream_);
  }

 private:
  absl::StatusOr<size_t> Step(std::string_view& input, char* buffer, size_t size) override {
    if (ended_ && !BeginNextMember(input)) return 0;
    if (!open_) {
      if (absl::Status status = Open(input); !status.ok()) return status;
      if (!open_) return 0;
    }
    // The two bytes that the format was told by may have come one by one.
    const bool from_head = head_taken_ < head_.size();
    std::string_view source = from_head ? std::string_view(head_).substr(head_taken_) : input;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(source.data()));
    stream_.avail_in = static_cast<uInt>(std::min<size_t>(source.size(), 1U << 30));
    const size_t offered = stream_.avail_in;
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = static_cast<uInt>(size);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    const size_t taken = offered - stream_.avail_in;
    if (from_head) {
      head_taken_ += taken;
    } else {
      input.remove_prefix(taken);
    }
    if (result == Z_STREAM_END) {
      ended_ = true;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      return Corrupt(gzip_ ? "gzip" : "deflate", stream_.msg == nullptr ? "broken" : stream_.msg);
    }
    return size - stream_.avail_out;
  }

  bool AtEnd() const override { return ended_; }

  absl::Status Open(std::string_view& input) {
    const size_t taken = std::min(input.size(), 2 - head_.size());
    head_ += input.substr(0, taken);
    input.remove_prefix(taken);
    if (head_.size() < 2) return absl::OkStatus();
    const auto first = static_cast<uint8_t>(head_[0]);
    const auto second = static_cast<uint8_t>(head_[1]);
    const bool zlib_header = (first & 0x0F) == 8 && (first * 256 + second) % 31 == 0;
    const int window_bits = gzip_ ? 15 + 16 : (zlib_header ? 15 : -15);
    if (inflateInit2(&stream_, window_bits) != Z_OK) {
      return absl::ResourceExhaustedError("no memory to inflate");
    }
    open_ = true;
    return absl::OkStatus();
  }

  // Only gzip has members; what else follows the end is passed over.
  bool BeginNextMember(std::string_view& input) {
    if (head_taken_ > 0) head_.clear();
    head_taken_ = 0;
    const size_t taken = std::min(input.size(), kGzipMagic.size() - head_.size());
    head_ += input.substr(0, taken);
    input.remove_prefix(taken);
    passed_over_ = passed_over_ || !gzip_ || !kGzipMagic.starts_with(head_);
    if (passed_over_) input = {};
    if (passed_over_ || head_ != kGzipMagic) return false;
    ended_ = inflateReset(&stream_) != Z_OK;
    return !ended_;
  }

  bool gzip_;
  bool open_ = false;
  bool ended_ = false;
  bool passed_over_ = false;  // Something behind the end was no member.
  std::string head_;          // The first bytes of the member,
  size_t head_taken_ = 0;     // and how many of them were inflated.
  z_stream stream_{};
};

class ZstdInflater final : public Inflater {
 public:
  explicit ZstdInflater(const Limits& limits) : Inflater(limits), stream_(ZSTD_createDStream()) {
    constexpr int kWindowLogMax = 23;  // RFC 8878 §3.1.1.1.2: 8 MiB is what everyone can read.
    ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };

  absl::StatusOr<size_t> Step(std::string_view& input, char* buffer, size_t size) override {
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{buffer, size, 0};
    const size_t result = ZSTD_decompressStream(stream_.get(), &out, &in);
    if (ZSTD_isError(result) != 0) return Corrupt("zstd", ZSTD_getErrorName(result));
    if (in.pos > 0 || out.pos > 0) ended_ = result == 0;
    input.remove_prefix(in.pos);
    return out.pos;
  }
  bool AtEnd() const override { return ended_; }

  std::unique_ptr<ZSTD_DStream, Free> stream_;
  bool ended_ = false;
};

class BrotliInflater final : public Inflater {
 public:
  explicit BrotliInflater(const Limits& limits)
      : Inflater(limits), state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {}

 private:
  struct Free {
    void operator()(BrotliDecoderState* state) const { BrotliDecoderDestroyInstance(state); }
  };

  absl::StatusOr<size_t> Step(std::string_view& input, char* buffer, size_t size) override {
    if (ended_) {
      input = {};
      return 0;
    }
    size_t in_left = input.size();
    const auto* in = reinterpret_cast<const uint8_t*>(input.data());
    size_t out_left = size;
    auto* out = reinterpret_cast<uint8_t*>(buffer);
    const BrotliDecoderResult result =
        BrotliDecoderDecompressStream(state_.get(), &in_left, &in, &out_left, &out, nullptr);
    if (result == BROTLI_DECODER_RESULT_ERROR) {
      return Corrupt("br", BrotliDecoderErrorString(BrotliDecoderGetErrorCode(state_.get())));
    }
    ended_ = result == BROTLI_DECODER_RESULT_SUCCESS;
    input.remove_prefix(input.size() - in_left);
    return size - out_left;
  }
  bool AtEnd() const override { return ended_; }

  std::unique_ptr<BrotliDecoderState, Free> state_;
  bool ended_ = false;
};

}  // namespace

std::optional<ContentCoding> ContentCodingOfName(std::string_view name) {
  constexpr auto kNames = std::to_array<std::pair<std::string_view, ContentCoding>>({
      {"gzip", ContentCoding::kGzip},
      {"x-gzip", ContentCoding::kGzip},
      {"deflate", ContentCoding::kDeflate},
      {"br", ContentCoding::kBrotli},
      {"zstd", ContentCoding::kZstd},
      {"identity", ContentCoding::kIdentity},
  });
  for (const auto& [known, coding] : kNames) {
    if (absl::EqualsIgnoreCase(base::ToAbsl(name), base::ToAbsl(known))) return coding;
  }
  return std::nullopt;
}

bool IsGzip(std::string_view bytes) { return bytes.starts_with("\x1F\x8B\x08"); }

std::optional<std::string> InflateOneMember(std::string_view bytes, size_t bytes_max) {
  constexpr size_t kMemberBytesMin = 18;  // RFC 1952: header and trailer.
  if (bytes.size() < kMemberBytesMin) return std::nullopt;
  const std::string_view trailer = bytes.substr(bytes.size() - 4);
  size_t size = 0;
  for (size_t i = 0; i < trailer.size(); ++i) {
    size |= static_cast<size_t>(static_cast<uint8_t>(trailer[i])) << (8 * i);
  }
  if (size > bytes_max) return std::nullopt;
  struct Free {
    void operator()(libdeflate_decompressor* decompressor) const {
      libdeflate_free_decompressor(decompressor);
    }
  };
  // One a thread: its tables cost more to make than a small page to inflate.
  thread_local const std::unique_ptr<libdeflate_decompressor, Free> decompressor(
      libdeflate_alloc_decompressor());
  if (decompressor == nullptr) return std::nullopt;
  std::string out(size, '\0');
  size_t used = 0;
  size_t made = 0;
  const libdeflate_result result = libdeflate_gzip_decompress_ex(
      decompressor.get(), bytes.data(), bytes.size(), out.data(), out.size(), &used, &made);
  if (result != LIBDEFLATE_SUCCESS || used != bytes.size()) return std::nullopt;
  out.resize(made);
  return out;
}

std::unique_ptr<Inflater> Inflater::Create(ContentCoding coding, const Limits& limits) {
  switch (coding) {
    case ContentCoding::kGzip:
      return std::make_unique<ZlibInflater>(true, limits);
    case ContentCoding::kDeflate:
      return std::make_unique<ZlibInflater>(false, limits);
    case ContentCoding::kZstd:
      return std::make_unique<ZstdInflater>(limits);
    case ContentCoding::kBrotli:
      return std::make_unique<BrotliInflater>(limits);
    case ContentCoding::kIdentity:
      break;
  }
  return std::make_unique<IdentityInflater>(limits);
}

absl::Status Inflater::Write(std::string_view input, std::string& output) {
  while (true) {
    const size_t before = input.size();
    const size_t used = output.size();
    output.resize(used + kChunkBytes);
    const absl::StatusOr<size_t> filled = Step(input, output.data() + used, kChunkBytes);
    output.resize(used + (filled.ok() ? *filled : 0));
    if (!filled.ok()) return filled.status();
    input_bytes_ += before - input.size();
    output_bytes_ += *filled;
    if (absl::Status status = CheckLimits(); !status.ok()) return status;
    if (before == input.size() && *filled == 0) return absl::OkStatus();
  }
}

absl::Status Inflater::CheckLimits() const {
  if (output_bytes_ > limits_.bytes_max) {
    return absl::ResourceExhaustedError(
        fmt::format("inflated to more than {} bytes", limits_.bytes_max));
  }
  const double ratio_bytes = limits_.ratio_max * static_cast<double>(input_bytes_);
  if (output_bytes_ > limits_.ratio_free_bytes &&
      static_cast<double>(output_bytes_) > ratio_bytes) {
    return absl::ResourceExhaustedError(
        fmt::format("inflated more than {} times", limits_.ratio_max));
  }
  return absl::OkStatus();
}

absl::Status Inflater::Close() const {
  return AtEnd() ? absl::OkStatus() : absl::DataLossError("compressed data are cut off");
}

absl::StatusOr<std::string> Inflate(std::string_view bytes, ContentCoding coding,
                                    const Inflater::Limits& limits) {
  const std::unique_ptr<Inflater> inflater = Inflater::Create(coding, limits);
  std::string output;
  if (absl::Status status = inflater->Write(bytes, output); !status.ok()) return status;
  if (absl::Status status = inflater->Close(); !status.ok()) return status;
  return output;
}

absl::StatusOr<std::string> InflatePrefix(std::string_view bytes, ContentCoding coding,
                                          size_t bytes_max) {
  if (coding == ContentCoding::kGzip) {
    if (std::optional<std::string> out = InflateOneMember(bytes, bytes_max)) return *std::move(out);
  }
  constexpr double kAnyRatio = std::numeric_limits<double>::infinity();
  const std::unique_ptr<Inflater> inflater =
      Inflater::Create(coding, {.bytes_max = bytes_max, .ratio_max = kAnyRatio});
  std::string out;
  absl::Status status = inflater->Write(bytes, out);
  if (status.ok()) status = inflater->Close();
  if (out.empty() && !status.ok()) return status;
  if (out.size() > bytes_max) out.resize(bytes_max);
  return out;
}

}  // namespace sluice::codec
