#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "absl/status/statusor.h"

namespace sluice::base {

// The bytes of a file, a pipe or, by the name "-", the standard input. Messages name the file and
// what the system says.
//   kNotFound: it cannot be opened.  kFailedPrecondition: it cannot be read: a directory, mostly.
//   kOutOfRange: it holds more than `bytes_max`.
absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path, size_t bytes_max);

}  // namespace sluice::base
