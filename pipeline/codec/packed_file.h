#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "absl/status/statusor.h"

namespace sluice::codec {

// The bytes of a file, or of the standard input (-), inflated where they are gzip: as
// InflatePrefix. Errors: also those of base::ReadFile.
absl::StatusOr<std::string> ReadPackedFile(const std::filesystem::path& path, size_t bytes_max);

}  // namespace sluice::codec
