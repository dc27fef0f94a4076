#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace sluice::cli {

// Finds a data file such as topics/fentanyl-policy.yaml: as given (relative to `beside`, or to the
// working directory where that is empty), then in the installed data directory
// (<prefix>/share/sluice), then in the source tree that the program was built in. kNotFound: the
// message names the places that were looked at.
absl::StatusOr<std::string> FindDataFile(std::string_view path, std::string_view beside = "");

}  // namespace sluice::cli
