#pragma once

#include <string>
#include <string_view>

namespace sluice::support {

// A new directory under $TMPDIR, or /tmp, that goes with this object and all that is in it. Ends
// the program where none can be made: no test can go on without.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  // The path of what is called so in it.
  std::string Path(std::string_view name) const;

 private:
  std::string path_;
};

}  // namespace sluice::support
