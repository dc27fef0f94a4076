#pragma once

#include <string>

#include "absl/status/status.h"

// A file's own sync does not keep its name: without these a power cut may leave a directory as it
// was before the file was made, renamed or removed. Any thread.
namespace sluice::base {

// Brings the names in a directory to the disk. Nothing where that cannot be done: the file system
// does not know it, or the directory may not be read.
//   kPermissionDenied, kUnavailable: failed; the message names the directory.
absl::Status SyncDirectory(const std::string& directory);

// Makes a directory and its parents where missing, all to stay. Errors as above.
absl::Status MakeDirectories(const std::string& directory);

// The directory that a file of this path lies in.
std::string DirectoryOf(const std::string& path);

// What a system call said in errno: kPermissionDenied, or kUnavailable for all else.
absl::Status ErrnoStatus(int error, const std::string& message);

}  // namespace sluice::base
