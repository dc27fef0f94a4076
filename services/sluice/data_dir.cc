#include "services/sluice/data_dir.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "pipeline/base/strings.h"

namespace sluice::cli {

namespace fs = std::filesystem;

absl::StatusOr<std::string> FindDataFile(std::string_view path, std::string_view beside) {
  const fs::path wanted(path);
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  std::vector<fs::path> places = {fs::path(beside) / wanted};
  if (wanted.is_relative() && !error) {
    places.push_back(program.parent_path() / "../share/sluice" / wanted);
    places.push_back(program.parent_path() / "../../.." / wanted);
  }
  std::string tried;
  for (const fs::path& place : places) {
    if (fs::is_regular_file(place, error)) return place.lexically_normal().string();
    tried += fmt::format("{}{}", tried.empty() ? "" : ", ", place.lexically_normal().string());
  }
  return absl::NotFoundError(fmt::format("{} is not there; looked at: {}", path, tried));
}

}  // namespace sluice::cli
