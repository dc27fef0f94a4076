#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "pipeline/base/hash.h"

namespace sluice::fetch {

// Looks into a gzip stream as it comes in: how large it is inflated, what its hash is, whether it
// goes too far. Keeps nothing of it; memory is constant whatever the stream inflates to. One
// thread. (RFC 1952)
class GzipMeter {
 public:
  // Small pages repeat themselves: the ratio counts from here.
  static constexpr uint64_t kRatioBytesMin = 1 << 20;

  struct Limits {
    uint64_t inflated_bytes_max = 8 << 20;
    uint32_t ratio_max = 100;  // Inflated to sent bytes.
  };
  enum class Verdict { kGoOn, kDamaged, kTooLarge, kBomb };

  explicit GzipMeter(const Limits& limits);
  ~GzipMeter();
  GzipMeter(const GzipMeter&) = delete;
  GzipMeter& operator=(const GzipMeter&) = delete;

  // Not kGoOn: stop. What follows the last member and is none itself is passed over.
  Verdict Add(std::string_view bytes);

  // The stream may end here.
  bool complete() const;
  // Members so far, and where the first has ended.
  uint32_t members() const;
  uint64_t first_member_bytes() const;

  uint64_t inflated_bytes() const;
  base::Hash128 hash() const;  // Of the inflated bytes; equal to base::HashBytes of them.

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace sluice::fetch
