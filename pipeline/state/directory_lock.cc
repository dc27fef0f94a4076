#include "pipeline/state/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "pipeline/base/durable_names.h"
#include "pipeline/base/strings.h"

namespace sluice::state {
namespace {

// The process number that the owner wrote, for the message.
std::string Owner(int file) {
  char text[32];
  const ssize_t size = pread(file, text, sizeof(text), 0);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : "unknown";
}

}  // namespace

absl::StatusOr<DirectoryLock> DirectoryLock::Acquire(const std::string& directory) {
  if (absl::Status status = base::MakeDirectories(directory); !status.ok()) return status;
  const std::string path = directory + "/sluice.lock";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return base::ErrnoStatus(errno, fmt::format("cannot open {}", path));
  DirectoryLock lock(file);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return base::ErrnoStatus(errno, fmt::format("cannot lock {}", path));
    return absl::FailedPreconditionError(fmt::format(
        "the data directory {} is in use by process {}: stop it, or use another directory",
        directory, Owner(file)));
  }
  const std::string owner = std::to_string(getpid());
  if (ftruncate(file, 0) != 0 || pwrite(file, owner.data(), owner.size(), 0) < 0) {
    return base::ErrnoStatus(errno, fmt::format("cannot write {}", path));
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
