#include "pipeline/state/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
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

// Whether the process of that number is there no more. The kernel may close the files of one that
// was killed a moment after its parent has learned of it.
bool IsGone(const std::string& process) {
  pid_t number = 0;
  return absl::SimpleAtoi(process, &number) && number > 0 && kill(number, 0) != 0 && errno == ESRCH;
}

// As flock, waiting for an owner that is gone, which cannot take long.
int Lock(int file) {
  constexpr absl::Duration kGoneOwnerMax = absl::Seconds(5);
  constexpr absl::Duration kInterval = absl::Milliseconds(5);
  const absl::Time deadline = absl::Now() + kGoneOwnerMax;
  for (;;) {
    const int result = flock(file, LOCK_EX | LOCK_NB);
    if (result == 0 || errno != EWOULDBLOCK) return result;
    if (!IsGone(Owner(file)) || absl::Now() >= deadline) {
      errno = EWOULDBLOCK;
      return result;
    }
    absl::SleepFor(kInterval);
  }
}

}  // namespace

absl::StatusOr<DirectoryLock> DirectoryLock::Acquire(const std::string& directory) {
  if (absl::Status status = base::MakeDirectories(directory); !status.ok()) return status;
  const std::string path = directory + "/sluice.lock";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return base::ErrnoStatus(errno, fmt::format("cannot open {}", path));
  DirectoryLock lock(file);
  if (Lock(file) != 0) {
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
