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

// Replaces the file whole, to stay: a crash, of the machine too, leaves the old cursor or the new
// one, and the new one once this has returned. An empty `path` or `cursor` changes nothing.
//   kDataLoss: it cannot be written.
absl::Status WriteCursorFile(const std::string& path, const std::string& cursor);

// Brings what was written to a file to the disk, before a cursor says that it is there. Nothing for
// a pipe or a terminal.  kDataLoss: it cannot be brought there.
absl::Status SyncOutput(int descriptor);

}  // namespace sluice::cli
