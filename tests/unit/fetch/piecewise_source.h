#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "services/fetch/byte_source.h"

namespace sluice::fetch {

// Gives a few bytes at a time, so that everything is cut somewhere.
class PiecewiseSource final : public ByteSource {
 public:
  PiecewiseSource(std::string_view bytes, size_t piece) : bytes_(bytes), piece_(piece) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    const size_t taken = bytes_.copy(buffer, std::min(size, piece_));
    bytes_.remove_prefix(taken);
    return taken;
  }

 private:
  std::string_view bytes_;
  size_t piece_;
};

}  // namespace sluice::fetch
