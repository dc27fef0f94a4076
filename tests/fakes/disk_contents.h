#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::fakes {

// Names and bytes of a disk as programs see them, and what of it would outlast a power cut. One
// thread. Directories that were not made here are there, and stay.
class DiskContents {
 public:
  struct File {
    std::string bytes;
    size_t synced = 0;                              // From the front.
    std::vector<std::pair<size_t, size_t>> doomed;  // Ranges that no sync will keep.
  };
  using FilePtr = std::shared_ptr<File>;  // Of a name, and of those who have it open.

  // What a power cut took.
  struct Loss {
    uint64_t bytes = 0;
    uint64_t torn_files = 0;   // That kept a part of what was not synced.
    uint64_t holed_files = 0;  // That kept later blocks where earlier ones were lost.
    uint64_t names = 0;        // Made, renamed or removed, and not synced.
    Loss& operator+=(const Loss& other);
  };

  FilePtr Find(std::string_view name) const;
  // New and empty, in place of another.
  FilePtr Create(const std::string& name);
  bool Remove(const std::string& name);
  bool Rename(const std::string& from, const std::string& to);
  void MakeDirectory(const std::string& name);
  bool HasDirectory(const std::string& name) const;
  std::vector<std::string> Names(const std::string& directory) const;  // In it.
  FilePtr FindByEnding(std::string_view ending) const;                 // The last of that ending.

  static void Sync(File& file);
  // Its bytes will not be kept, whatever syncs follow.
  static void FailSync(File& file);
  void SyncDirectory(const std::string& name);

  // What a power cut now would leave. Of what was not synced some is kept: none, a part from the
  // front, or any blocks and names.
  DiskContents AfterPowerCut(std::mt19937_64& random, Loss& loss) const;
  // With files of its own.
  DiskContents Copy() const;

 private:
  // A change of a directory that its sync would keep.
  struct Change {
    std::string directory;
    std::string gone;  // Names; empty: none.
    std::string made;
    FilePtr file;  // That `made` names; nullptr: a directory.
  };

  void Note(Change change);
  static void Keep(const Change& change, std::map<std::string, FilePtr>& names);

  // nullptr: a directory.
  std::map<std::string, FilePtr> names_;
  std::map<std::string, FilePtr> kept_;  // Of them, what a power cut leaves for certain,
  std::vector<Change> changes_;          // and what else may be.
};

}  // namespace sluice::fakes
