#include "services/fetch/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::fetch {

absl::StatusOr<size_t> MemorySource::Read(char* buffer, size_t size) {
  const size_t taken = std::min(size, bytes_.size());
  if (taken > 0) std::memcpy(buffer, bytes_.data(), taken);
  bytes_.remove_prefix(taken);
  return taken;
}

FileSource::FileSource(std::string path, int descriptor, bool owned)
    : path_(std::move(path)), descriptor_(descriptor), owned_(owned) {}

FileSource::~FileSource() {
  if (owned_) close(descriptor_);
}

absl::StatusOr<std::unique_ptr<FileSource>> FileSource::Open(const std::string& path) {
  if (path == "-") {
    return std::unique_ptr<FileSource>(new FileSource("standard input", STDIN_FILENO, false));
  }
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return absl::ErrnoToStatus(errno, fmt::format("file {:?} cannot be opened", path));
  }
  posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::unique_ptr<FileSource>(new FileSource(path, descriptor, true));
}

absl::StatusOr<size_t> FileSource::Read(char* buffer, size_t size) {
  while (true) {
    const ssize_t count = read(descriptor_, buffer, size);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EINTR) {
      return absl::UnavailableError(
          fmt::format("{} cannot be read: {}", path_, std::strerror(errno)));
    }
  }
}

}  // namespace sluice::fetch
