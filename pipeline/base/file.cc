#include "pipeline/base/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "pipeline/base/strings.h"

namespace sluice::base {
namespace {

absl::StatusOr<std::string> ReadToEnd(int file, const std::string& name, size_t bytes_max) {
  constexpr size_t kChunkBytesMin = 64 << 10;
  std::string bytes;
  while (true) {
    const size_t size = bytes.size();
    // One byte more than allowed tells that there is more.
    bytes.resize(size + std::min(std::max(kChunkBytesMin, size), bytes_max - size + 1));
    const ssize_t got = read(file, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno != EINTR) {
      return absl::FailedPreconditionError(
          fmt::format("cannot read {}: {}", name, std::strerror(errno)));
    }
    bytes.resize(size + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return bytes;
    if (bytes.size() > bytes_max) {
      return absl::OutOfRangeError(
          fmt::format("{} has more than the {} bytes that are allowed", name, bytes_max));
    }
  }
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path, size_t bytes_max) {
  if (path == "-") return ReadToEnd(STDIN_FILENO, "the standard input", bytes_max);
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return absl::NotFoundError(
        fmt::format("cannot open {}: {}", path.string(), std::strerror(errno)));
  }
  absl::StatusOr<std::string> bytes = ReadToEnd(file, path.string(), bytes_max);
  close(file);
  return bytes;
}

}  // namespace sluice::base
