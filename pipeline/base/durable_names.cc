#include "pipeline/base/durable_names.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "pipeline/base/strings.h"

namespace sluice::base {

absl::Status ErrnoStatus(int error, const std::string& message) {
  const std::string text = fmt::format("{}: {}", message, std::generic_category().message(error));
  return error == EACCES || error == EPERM || error == EROFS ? absl::PermissionDeniedError(text)
                                                             : absl::UnavailableError(text);
}

std::string DirectoryOf(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path();
  return directory.empty() ? "." : directory;
}

absl::Status SyncDirectory(const std::string& directory) {
  const std::string doing = fmt::format("cannot sync the directory {}", directory);
  const int descriptor = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0 && errno == EACCES) return absl::OkStatus();
  if (descriptor < 0) return ErrnoStatus(errno, doing);
  const int error = fsync(descriptor) == 0 ? 0 : errno;
  close(descriptor);
  return error == 0 || error == EINVAL ? absl::OkStatus() : ErrnoStatus(error, doing);
}

absl::Status MakeDirectories(const std::string& directory) {
  std::error_code error;
  if (std::filesystem::is_directory(directory, error)) return absl::OkStatus();
  const std::filesystem::path path = std::filesystem::path(directory) / "";
  std::string made;
  for (const std::filesystem::path& part : path) {
    if (part.empty()) continue;
    if (!made.empty() && made.back() != '/') made += '/';
    made += part.string();
    if (mkdir(made.c_str(), 0777) == 0) {
      if (absl::Status status = SyncDirectory(DirectoryOf(made)); !status.ok()) return status;
    } else if (const int failure = errno; !std::filesystem::is_directory(made, error)) {
      return ErrnoStatus(failure, fmt::format("cannot make the directory {}", directory));
    }
  }
  return absl::OkStatus();
}

}  // namespace sluice::base
