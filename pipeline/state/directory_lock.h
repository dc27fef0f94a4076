#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace sluice::state {

// Keeps a data directory to one owner: a second one, of this process or another, is refused for as
// long as this lives.
class DirectoryLock {
 public:
  // Makes the directory and its parents where missing. An owner that was killed is waited for,
  // until the kernel has let go of it.
  //   kFailedPrecondition: it is in use; the message names it and the process. kPermissionDenied,
  //   kUnavailable: it cannot be made or opened.
  static absl::StatusOr<DirectoryLock> Acquire(const std::string& directory);

  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&& other) noexcept;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int file) : file_(file) {}

  int file_;  // -1: moved away.
};

}  // namespace sluice::state
