#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace sluice::deboilerplate {

enum class Codec { kIdentity, kGzip, kZstd };

// Opens a stored body. What is longer than `bytes_max` inflated is cut there, and so is a bomb.
//   kDataLoss: the body is not what its codec says.
absl::StatusOr<std::string> Inflate(std::string_view body, Codec codec, size_t bytes_max);

}  // namespace sluice::deboilerplate
