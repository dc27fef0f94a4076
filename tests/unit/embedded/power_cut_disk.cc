#include "tests/unit/embedded/power_cut_disk.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace sluice::embedded {

class WatchedFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WatchedFile(std::unique_ptr<rocksdb::FSWritableFile> file,
              std::shared_ptr<PowerCutDisk::Extent> extent, PowerCutDisk& disk)
      : FSWritableFileOwnerWrapper(std::move(file)), extent_(std::move(extent)), disk_(&disk) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* context) override {
    absl::ReaderMutexLock lock(&disk_->still_);
    return Grow(data.size(), FSWritableFileOwnerWrapper::Append(data, options, context));
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& info,
                           rocksdb::IODebugContext* context) override {
    absl::ReaderMutexLock lock(&disk_->still_);
    return Grow(data.size(), FSWritableFileOwnerWrapper::Append(data, options, info, context));
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* context) override {
    absl::ReaderMutexLock lock(&disk_->still_);
    const uint64_t written = Written();
    return Synced(written, FSWritableFileOwnerWrapper::Sync(options, context));
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* context) override {
    absl::ReaderMutexLock lock(&disk_->still_);
    const uint64_t written = Written();
    return Synced(written, FSWritableFileOwnerWrapper::Fsync(options, context));
  }

 private:
  uint64_t Written() {
    absl::MutexLock lock(&extent_->mutex);
    return extent_->written;
  }
  rocksdb::IOStatus Grow(size_t bytes, rocksdb::IOStatus status) {
    absl::MutexLock lock(&extent_->mutex);
    if (status.ok()) extent_->written += bytes;
    return status;
  }
  // What came after the sync began does not count.
  rocksdb::IOStatus Synced(uint64_t written, rocksdb::IOStatus status) {
    absl::MutexLock lock(&extent_->mutex);
    if (status.ok()) extent_->synced = std::max(extent_->synced, written);
    return status;
  }

  std::shared_ptr<PowerCutDisk::Extent> extent_;
  PowerCutDisk* disk_;  // Not owned.
};

PowerCutDisk::PowerCutDisk()
    : FileSystemWrapper(rocksdb::FileSystem::Default()),
      env_(rocksdb::NewCompositeEnv(std::shared_ptr<rocksdb::FileSystem>(this, [](auto*) {}))) {}

rocksdb::IOStatus PowerCutDisk::NewWritableFile(const std::string& name,
                                                const rocksdb::FileOptions& options,
                                                std::unique_ptr<rocksdb::FSWritableFile>* file,
                                                rocksdb::IODebugContext* context) {
  absl::ReaderMutexLock still(&still_);
  rocksdb::IOStatus status = FileSystemWrapper::NewWritableFile(name, options, file, context);
  if (!status.ok()) return status;
  auto extent = std::make_shared<Extent>();
  *file = std::make_unique<WatchedFile>(std::move(*file), extent, *this);
  absl::MutexLock lock(&mutex_);
  extents_[std::filesystem::path(name).filename()] = std::move(extent);
  return status;
}

rocksdb::IOStatus PowerCutDisk::RenameFile(const std::string& from, const std::string& to,
                                           const rocksdb::IOOptions& options,
                                           rocksdb::IODebugContext* context) {
  absl::ReaderMutexLock still(&still_);
  rocksdb::IOStatus status = FileSystemWrapper::RenameFile(from, to, options, context);
  absl::MutexLock lock(&mutex_);
  const auto found = extents_.find(std::filesystem::path(from).filename());
  if (status.ok() && found != extents_.end()) {
    extents_[std::filesystem::path(to).filename()] = found->second;
    extents_.erase(found);
  }
  return status;
}

rocksdb::IOStatus PowerCutDisk::DeleteFile(const std::string& name,
                                           const rocksdb::IOOptions& options,
                                           rocksdb::IODebugContext* context) {
  if (name.ends_with(".sst")) {
    std::function<void()> call;
    {
      absl::MutexLock lock(&mutex_);
      call = std::exchange(before_removal_, nullptr);
    }
    if (call) call();
  }
  absl::ReaderMutexLock still(&still_);
  return FileSystemWrapper::DeleteFile(name, options, context);
}

void PowerCutDisk::BeforeRemoval(std::function<void()> call) {
  absl::MutexLock lock(&mutex_);
  before_removal_ = std::move(call);
}

uint64_t PowerCutDisk::Cut(const std::string& directory, const std::string& copy,
                           std::mt19937_64& random) {
  absl::WriterMutexLock still(&still_);
  std::filesystem::remove_all(copy);
  std::filesystem::create_directories(copy);
  uint64_t lost = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    const std::string name = file.path().filename();
    if (name == "LOCK") continue;
    std::shared_ptr<Extent> extent;
    {
      absl::MutexLock lock(&mutex_);
      const auto found = extents_.find(name);
      if (found != extents_.end()) extent = found->second;
    }
    const std::string target = copy + "/" + name;
    if (!std::filesystem::copy_file(file, target) || extent == nullptr) continue;
    absl::MutexLock lock(&extent->mutex);
    const uint64_t left = extent->synced + random() % (extent->written - extent->synced + 1);
    if (left < std::filesystem::file_size(target)) std::filesystem::resize_file(target, left);
    lost += extent->written - left;
  }
  return lost;
}

}  // namespace sluice::embedded
