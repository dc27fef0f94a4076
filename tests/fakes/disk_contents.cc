#include "tests/fakes/disk_contents.h"

#include <algorithm>
#include <iterator>

namespace sluice::fakes {
namespace {

constexpr size_t kBlockBytes = 4096;

std::string DirectoryOf(const std::string& name) { return name.substr(0, name.rfind('/')); }

enum class Mercy { kNone, kFront, kAny };

// What is left of a file's bytes.
void Tear(DiskContents::File& file, Mercy mercy, std::mt19937_64& random,
          DiskContents::Loss& loss) {
  std::string& bytes = file.bytes;
  const size_t size = bytes.size();
  size_t left = file.synced;
  if (mercy != Mercy::kNone) left += random() % (size - file.synced + 1);
  bool holed = false;
  const auto wipe = [&](size_t from, size_t to) {
    to = std::min(to, left);
    if (from >= to) return;
    std::fill(bytes.begin() + static_cast<ptrdiff_t>(from),
              bytes.begin() + static_cast<ptrdiff_t>(to), '\0');
    loss.bytes += to - from;
    holed = true;
  };
  // A block that was written only as a length is read as zeros.
  for (size_t at = file.synced; mercy == Mercy::kAny && at < left;) {
    const size_t end = (at / kBlockBytes + 1) * kBlockBytes;
    if (random() % 2 == 0) wipe(at, end);
    at = end;
  }
  for (const auto& [from, to] : file.doomed) wipe(from, to);
  bytes.resize(left);
  loss.bytes += size - left;
  loss.torn_files += left > file.synced && left < size ? 1 : 0;
  loss.holed_files += holed ? 1 : 0;
  file.synced = left;
  file.doomed.clear();
}

}  // namespace

DiskContents::Loss& DiskContents::Loss::operator+=(const Loss& other) {
  bytes += other.bytes;
  torn_files += other.torn_files;
  holed_files += other.holed_files;
  names += other.names;
  return *this;
}

DiskContents::FilePtr DiskContents::Find(std::string_view name) const {
  const auto found = names_.find(std::string(name));
  return found == names_.end() ? nullptr : found->second;
}

DiskContents::FilePtr DiskContents::Create(const std::string& name) {
  auto file = std::make_shared<File>();
  Note({.directory = DirectoryOf(name), .gone = "", .made = name, .file = file});
  return file;
}

bool DiskContents::Remove(const std::string& name) {
  if (!names_.contains(name)) return false;
  Note({.directory = DirectoryOf(name), .gone = name, .made = "", .file = nullptr});
  return true;
}

bool DiskContents::Rename(const std::string& from, const std::string& to) {
  FilePtr file = Find(from);
  if (file == nullptr) return false;
  Note({.directory = DirectoryOf(to), .gone = from, .made = to, .file = std::move(file)});
  return true;
}

void DiskContents::MakeDirectory(const std::string& name) {
  Note({.directory = DirectoryOf(name), .gone = "", .made = name, .file = nullptr});
}

bool DiskContents::HasDirectory(const std::string& name) const {
  const auto found = names_.find(name);
  return found != names_.end() && found->second == nullptr;
}

std::vector<std::string> DiskContents::Names(const std::string& directory) const {
  std::vector<std::string> names;
  for (const auto& [name, file] : names_) {
    if (DirectoryOf(name) == directory) names.push_back(name.substr(directory.size() + 1));
  }
  return names;
}

DiskContents::FilePtr DiskContents::FindByEnding(std::string_view ending) const {
  FilePtr last;
  for (const auto& [name, file] : names_) {
    if (name.ends_with(ending) && file != nullptr) last = file;
  }
  return last;
}

void DiskContents::Sync(File& file) { file.synced = file.bytes.size(); }

void DiskContents::FailSync(File& file) {
  if (file.synced < file.bytes.size()) file.doomed.emplace_back(file.synced, file.bytes.size());
}

void DiskContents::SyncDirectory(const std::string& name) {
  std::vector<Change> left;
  for (Change& change : changes_) {
    if (change.directory == name) {
      Keep(change, kept_);
    } else {
      left.push_back(std::move(change));
    }
  }
  changes_ = std::move(left);
}

void DiskContents::Note(Change change) {
  Keep(change, names_);
  changes_.push_back(std::move(change));
}

void DiskContents::Keep(const Change& change, std::map<std::string, FilePtr>& names) {
  names.erase(change.gone);
  if (!change.made.empty()) names[change.made] = change.file;
}

DiskContents DiskContents::AfterPowerCut(std::mt19937_64& random, Loss& loss) const {
  DiskContents after = Copy();
  const auto mercy = static_cast<Mercy>(random() % 3);
  const size_t front = random() % (changes_.size() + 1);
  for (size_t i = 0; i < changes_.size(); ++i) {
    const bool keep =
        mercy == Mercy::kFront ? i < front : mercy == Mercy::kAny && random() % 2 == 0;
    if (keep) {
      Keep(after.changes_[i], after.kept_);
    } else {
      ++loss.names;
    }
  }
  after.changes_.clear();
  // With a directory that was lost goes all that was in it.
  std::erase_if(after.kept_, [&](const auto& entry) {
    const std::string directory = DirectoryOf(entry.first);
    return HasDirectory(directory) && !after.kept_.contains(directory);
  });
  after.names_ = after.kept_;
  std::set<File*> torn;
  for (const auto& [name, file] : after.names_) {
    if (file != nullptr && torn.insert(file.get()).second) Tear(*file, mercy, random, loss);
  }
  return after;
}

DiskContents DiskContents::Copy() const {
  DiskContents copy = *this;
  std::map<FilePtr, FilePtr> own;
  const auto replace = [&own](FilePtr& file) {
    if (file == nullptr) return;
    FilePtr& mine = own[file];
    if (mine == nullptr) mine = std::make_shared<File>(*file);
    file = mine;
  };
  for (auto& [name, file] : copy.names_) replace(file);
  for (auto& [name, file] : copy.kept_) replace(file);
  for (Change& change : copy.changes_) replace(change.file);
  return copy;
}

}  // namespace sluice::fakes
