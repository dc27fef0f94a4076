#include "services/sluice/cursor_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "pipeline/base/durable_names.h"
#include "pipeline/base/strings.h"
#include "services/feed/cursor.h"

namespace sluice::cli {
namespace {

constexpr mode_t kMode = 0666;  // Less the umask.

absl::Status Unwritten(const std::string& path) {
  return absl::DataLossError(fmt::format("{} cannot be written: {}", path, std::strerror(errno)));
}

}  // namespace

absl::StatusOr<std::string> ReadCursorFile(const std::string& path) {
  if (path.empty()) return "";
  std::error_code error;
  const bool there = std::filesystem::exists(path, error);
  if (error) {
    return absl::DataLossError(fmt::format("{} cannot be looked at: {}", path, error.message()));
  }
  if (!there) return "";
  std::ifstream file(path);
  std::string cursor;
  file >> cursor;
  if (!file.is_open() || file.bad()) {
    return absl::DataLossError(fmt::format(
        "{} is there but cannot be read; mend that, or remove the file to begin anew", path));
  }
  if (cursor.empty()) {
    return absl::InvalidArgumentError(
        fmt::format("{} is empty; remove the file to begin anew", path));
  }
  if (auto decoded = feed::Cursor::Decode(cursor); !decoded.ok()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: {}; remove the file to begin anew", path, decoded.status().message()));
  }
  return cursor;
}

absl::Status WriteCursorFile(const std::string& path, const std::string& cursor) {
  if (path.empty() || cursor.empty()) return absl::OkStatus();
  const std::string next = path + ".new";
  const int file = open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  if (file < 0) return Unwritten(next);
  const std::string line = cursor + "\n";
  const bool written = write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                       fsync(file) == 0;
  absl::Status status = written ? absl::OkStatus() : Unwritten(next);
  close(file);
  if (!status.ok()) return status;
  if (rename(next.c_str(), path.c_str()) != 0) {
    return absl::DataLossError(
        fmt::format("{} cannot be replaced: {}", path, std::strerror(errno)));
  }
  // Without it a power cut could leave no file at all, and the next start would begin elsewhere.
  status = base::SyncDirectory(base::DirectoryOf(path));
  return status.ok() ? status : absl::DataLossError(status.message());
}

absl::Status SyncOutput(int descriptor) {
  // EINVAL, ENOTSUP: nothing that has a disk.
  if (fdatasync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP) return absl::OkStatus();
  return absl::DataLossError(
      fmt::format("the output cannot be brought to the disk: {}", std::strerror(errno)));
}

}  // namespace sluice::cli
