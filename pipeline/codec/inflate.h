#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sluice::codec {

// Content codings of HTTP (RFC 9110 §8.4.1).
enum class ContentCoding { kIdentity, kGzip, kDeflate, kZstd, kBrotli };

// Of a token such as "gzip" or "x-gzip", without case. nullopt: unknown.
std::optional<ContentCoding> ContentCodingOfName(std::string_view name);

// Whether the bytes begin as gzip data do; for files whose name or header lies.
bool IsGzip(std::string_view bytes);

// Undoes one content coding, piece by piece, within bounds: a small input cannot become a large
// output unnoticed. One stream; one thread.
class Inflater {
 public:
  struct Limits {
    size_t bytes_max = 8 << 20;
    // Output over input, once the output is larger than ratio_free_bytes.
    double ratio_max = 250;
    size_t ratio_free_bytes = 1 << 20;
  };

  // kGzip takes several members in a row and passes over what follows the last; kDeflate takes
  // zlib's format and, as servers send it too, raw deflate; kIdentity only counts.
  static std::unique_ptr<Inflater> Create(ContentCoding coding, const Limits& limits);
  virtual ~Inflater() = default;

  // Appends the output of `input` to `output`.
  // kDataLoss: corrupt.  kResourceExhausted: over a limit. After either the stream is over; what
  // was appended is whole up to there.
  absl::Status Write(std::string_view input, std::string& output);
  // After the last piece. kDataLoss: the stream was cut off.
  absl::Status Close() const;

 protected:
  static constexpr size_t kChunkBytes = 32 << 10;

  explicit Inflater(const Limits& limits) : limits_(limits) {}
  // Takes from the front of `input` and fills at most `size` bytes of `buffer`; returns how many.
  // Without progress it is done with the input.
  virtual absl::StatusOr<size_t> Step(std::string_view& input, char* buffer, size_t size) = 0;
  virtual bool AtEnd() const = 0;

 private:
  absl::Status CheckLimits() const;

  Limits limits_;
  size_t input_bytes_ = 0;
  size_t output_bytes_ = 0;
};

// All at once.
absl::StatusOr<std::string> Inflate(std::string_view bytes, ContentCoding coding,
                                    const Inflater::Limits& limits);

// One gzip member without anything behind it, by the fastest way. nullopt: it is something else, or
// over `bytes_max` inflated.
std::optional<std::string> InflateOneMember(std::string_view bytes, size_t bytes_max);

// All at once and as much as there is: what is longer than `bytes_max` inflated is cut there, and
// what is damaged, at the damage.
//   kDataLoss: not even the beginning is what its coding says.
absl::StatusOr<std::string> InflatePrefix(std::string_view bytes, ContentCoding coding,
                                          size_t bytes_max);

}  // namespace sluice::codec
