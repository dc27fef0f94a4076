#include "services/fetch/raw_page.h"

#include <zstd.h>

#include <memory>
#include <optional>
#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/codec/inflate.h"

namespace sluice::fetch {
namespace {

constexpr int kZstdLevel = 1;

// Empty: it would not be smaller.
std::string Compress(std::string_view bytes) {
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  // One a thread: a context's tables cost more to make than a small page to compress.
  thread_local const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const size_t size = ZSTD_compressCCtx(context.get(), packed.data(), packed.size(), bytes.data(),
                                        bytes.size(), kZstdLevel);
  if (ZSTD_isError(size) != 0 || size >= bytes.size()) return "";
  packed.resize(size);
  return packed;
}

absl::Status MeasureGzip(PageBody& body, uint64_t bytes_max) {
  if (const auto inflated = codec::InflateOneMember(body.bytes, bytes_max); inflated.has_value()) {
    body.inflated_bytes = inflated->size();
    body.hash = base::HashBytes(*inflated);
    return absl::OkStatus();
  }
  // Several members or bytes behind them: readers of one member would stop short. Or damaged, or
  // too large.
  auto inflated = codec::Inflate(body.bytes, codec::ContentCoding::kGzip, {.bytes_max = bytes_max});
  if (absl::IsResourceExhausted(inflated.status()))
    return absl::OutOfRangeError(inflated.status().message());
  if (!inflated.ok()) return absl::InvalidArgumentError(inflated.status().message());
  body.inflated_bytes = inflated->size();
  body.hash = base::HashBytes(*inflated);
  body.bytes = *std::move(inflated);
  body.codec = data::v1::BODY_CODEC_IDENTITY;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<data::v1::RawPage> MakeRawPage(const data::v1::Envelope& envelope, PageBody body,
                                              const PageLimits& limits) {
  bool gzip = body.codec == data::v1::BODY_CODEC_GZIP;
  if (!gzip && body.codec != data::v1::BODY_CODEC_IDENTITY) {
    return absl::InvalidArgumentError(fmt::format(
        "a body comes in codec {}; only plain and gzip are taken", static_cast<int>(body.codec)));
  }
  if (!gzip) body.inflated_bytes = body.bytes.size();
  if (!body.hash.has_value() && !gzip) body.hash = base::HashBytes(body.bytes);
  if (!body.hash.has_value()) {
    if (absl::Status status = MeasureGzip(body, limits.body_bytes_max); !status.ok()) return status;
    gzip = body.codec == data::v1::BODY_CODEC_GZIP;
  }
  if (body.inflated_bytes > limits.body_bytes_max) {
    return absl::OutOfRangeError(fmt::format("a body of {} bytes; at most {} are taken",
                                             body.inflated_bytes, limits.body_bytes_max));
  }
  if (!gzip) {
    if (std::string packed = Compress(body.bytes); !packed.empty()) {
      body.bytes = std::move(packed);
      body.codec = data::v1::BODY_CODEC_ZSTD;
    }
  }
  if (body.bytes.size() > limits.stored_bytes_max) {
    return absl::OutOfRangeError(
        fmt::format("a body of {} bytes has {} when compressed; a record has room for {}",
                    body.inflated_bytes, body.bytes.size(), limits.stored_bytes_max));
  }
  data::v1::RawPage page;
  *page.mutable_envelope() = envelope;
  page.mutable_envelope()->set_id(base::CaptureId(envelope.url(), *body.hash));
  page.set_body(std::move(body.bytes));
  page.set_codec(body.codec);
  page.set_body_bytes(body.inflated_bytes);
  page.set_body_hash(body.hash->Bytes());
  return page;
}

}  // namespace sluice::fetch
