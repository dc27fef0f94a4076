#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "absl/status/statusor.h"

namespace sluice::codec {

// A file's bytes, inflated where they are gzip: as InflatePrefix.
//   kNotFound: it cannot be opened.
absl::StatusOr<std::string> ReadPackedFile(const std::filesystem::path& path, size_t bytes_max);

}  // namespace sluice::codec
