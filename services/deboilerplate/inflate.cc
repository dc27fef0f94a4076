#include "services/deboilerplate/inflate.h"

#include <fmt/format.h>
#include <libdeflate.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

#include "pipeline/base/strings.h"

namespace sluice::deboilerplate {
namespace {

absl::Status Damaged(std::string_view codec, size_t bytes, std::string_view why) {
  return absl::DataLossError(
      base::ToAbsl(fmt::format("body of {} bytes is not {}: {}", bytes, codec, why)));
}

// The slow way, for bodies of several members and for those that are longer than allowed.
absl::StatusOr<std::string> InflateGzipInPieces(std::string_view body, size_t bytes_max) {
  z_stream stream = {};
  if (inflateInit2(&stream, 15 + 32) != Z_OK)
    return absl::ResourceExhaustedError("out of memory for inflating a body");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, &inflateEnd);
  std::string out;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  while (out.size() < bytes_max) {
    constexpr size_t kPieceBytes = 256 << 10;
    const size_t before = out.size();
    out.resize(std::min(bytes_max, before + kPieceBytes));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(out.size() - before);
    const int status = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    if (status == Z_STREAM_END) {
      if (stream.avail_in == 0 || inflateReset(&stream) != Z_OK) break;
    } else if (status != Z_OK) {
      // What came before the damage is a page all the same.
      if (!out.empty()) break;
      return Damaged("gzip", body.size(), stream.msg != nullptr ? stream.msg : "truncated");
    }
  }
  return out;
}

absl::StatusOr<std::string> InflateGzip(std::string_view body, size_t bytes_max) {
  // The last four bytes of a member give its inflated size.
  size_t size = 0;
  if (body.size() >= 18) {
    for (size_t i = 0; i < 4; ++i)
      size |= static_cast<size_t>(static_cast<uint8_t>(body[body.size() - 4 + i])) << (8 * i);
  }
  if (size > 0 && size <= bytes_max) {
    const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> decompressor(
        libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
    if (decompressor == nullptr)
      return absl::ResourceExhaustedError("out of memory for inflating a body");
    std::string out(size, '\0');
    size_t in_used = 0;
    size_t out_used = 0;
    const libdeflate_result result = libdeflate_gzip_decompress_ex(
        decompressor.get(), body.data(), body.size(), out.data(), out.size(), &in_used, &out_used);
    if (result == LIBDEFLATE_SUCCESS && in_used == body.size()) {
      out.resize(out_used);
      return out;
    }
  }
  return InflateGzipInPieces(body, bytes_max);
}

absl::StatusOr<std::string> InflateZstd(std::string_view body, size_t bytes_max) {
  const std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                        &ZSTD_freeDStream);
  if (stream == nullptr) return absl::ResourceExhaustedError("out of memory for inflating a body");
  std::string out;
  ZSTD_inBuffer in{body.data(), body.size(), 0};
  while (out.size() < bytes_max) {
    const size_t before = out.size();
    out.resize(std::min(bytes_max, before + ZSTD_DStreamOutSize()));
    ZSTD_outBuffer piece{out.data() + before, out.size() - before, 0};
    const size_t status = ZSTD_decompressStream(stream.get(), &piece, &in);
    out.resize(before + piece.pos);
    if (ZSTD_isError(status) != 0U) {
      if (!out.empty()) break;
      return Damaged("zstd", body.size(), ZSTD_getErrorName(status));
    }
    if (in.pos == in.size && piece.pos < piece.size) break;
  }
  return out;
}

}  // namespace

absl::StatusOr<std::string> Inflate(std::string_view body, Codec codec, size_t bytes_max) {
  switch (codec) {
    case Codec::kIdentity:
      return std::string(body.substr(0, bytes_max));
    case Codec::kGzip:
      return InflateGzip(body, bytes_max);
    case Codec::kZstd:
      return InflateZstd(body, bytes_max);
  }
  return absl::DataLossError("the body's codec is not known");
}

}  // namespace sluice::deboilerplate
