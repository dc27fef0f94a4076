#include "pipeline/state/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "pipeline/base/strings.h"

namespace sluice::state {
namespace {

absl::Status ErrnoStatus(int error, const std::string& message) {
  const std::string text = fmt::format("{}: {}", message, std::generic_category().message(error));
  return error == EACCES || error == EPERM || error == EROFS ? absl::PermissionDeniedError(text)
                                                             : absl::UnavailableError(text);
}

// The process number that the owner wrote, for the message.
std::string Owner(int file) {
  char text[32];
  const ssize_t size = pread(file, text, sizeof(text), 0);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : "unknown";
}

}  // namespace

absl::StatusOr<DirectoryLock> DirectoryLock::Acquire(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return ErrnoStatus(error.value(), fmt::format("cannot make the data directory {}", directory));
  }
  const std::string path = directory + "/sluice.lock";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return ErrnoStatus(errno, fmt::format("cannot open {}", path));
  DirectoryLock lock(file);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return ErrnoStatus(errno, fmt::format("cannot lock {}", path));
    return absl::FailedPreconditionError(fmt::format(
        "the data directory {} is in use by process {}: stop it, or use another directory",
        directory, Owner(file)));
  }
  const std::string owner = std::to_string(getpid());
  if (ftruncate(file, 0) != 0 || pwrite(file, owner.data(), owner.size(), 0) < 0) {
    return ErrnoStatus(errno, fmt::format("cannot write {}", path));
  }
  return lock;
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept
    : file_(std::exchange(other.file_, -1)) {}

DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

DirectoryLock::~DirectoryLock() {
  if (file_ >= 0) close(file_);
}

}  // namespace sluice::state
