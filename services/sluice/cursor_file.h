#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sluice::cli {

// The place in the feed that a file keeps. Empty: there is no file, or `path` is empty.
//   kInvalidArgument: the file is there but empty, or holds no cursor. kDataLoss: it cannot be
//   looked at or read. All say what to do: whoever counts on the file must not silently begin
//   elsewhere.
absl::StatusOr<std::string> ReadCursorFile(const std::string& path);

// Replaces the file whole: a crash, of the machine too, leaves the old cursor or the new one. An
// empty `path` or `cursor` changes nothing. kDataLoss: it cannot be written.
absl::Status WriteCursorFile(const std::string& path, const std::string& cursor);

}  // namespace sluice::cli
