#include "tests/unit/embedded/failing_disk.h"

#include <utility>

namespace sluice::embedded {

class FailingFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FailingFile(std::unique_ptr<rocksdb::FSWritableFile> file, FailingDisk& disk)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(&disk) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* context) override {
    if (!Take(data.size())) return rocksdb::IOStatus::NoSpace("no space left on the test's disk");
    return FSWritableFileOwnerWrapper::Append(data, options, context);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& info,
                           rocksdb::IODebugContext* context) override {
    if (!Take(data.size())) return rocksdb::IOStatus::NoSpace("no space left on the test's disk");
    return FSWritableFileOwnerWrapper::Append(data, options, info, context);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* context) override {
    if (disk_->syncs_fail_) return FailSync();
    return FSWritableFileOwnerWrapper::Sync(options, context);
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* context) override {
    if (disk_->syncs_fail_) return FailSync();
    return FSWritableFileOwnerWrapper::Fsync(options, context);
  }

 private:
  bool Take(size_t bytes) {
    if ((disk_->free_bytes_ -= static_cast<int64_t>(bytes)) >= 0) return true;
    ++disk_->failures_;
    return false;
  }
  rocksdb::IOStatus FailSync() {
    ++disk_->failures_;
    return rocksdb::IOStatus::IOError("the test's disk does not sync");
  }

  FailingDisk* disk_;  // Not owned.
};

FailingDisk::FailingDisk()
    : FileSystemWrapper(rocksdb::FileSystem::Default()),
      // RocksDB shares file systems; this one lives with the test.
      env_(rocksdb::NewCompositeEnv(std::shared_ptr<rocksdb::FileSystem>(this, [](auto*) {}))) {}

rocksdb::IOStatus FailingDisk::NewWritableFile(const std::string& name,
                                               const rocksdb::FileOptions& options,
                                               std::unique_ptr<rocksdb::FSWritableFile>* file,
                                               rocksdb::IODebugContext* context) {
  rocksdb::IOStatus status = FileSystemWrapper::NewWritableFile(name, options, file, context);
  // RocksDB's own chatter does not count.
  if (status.ok() && name.find("LOG") == std::string::npos) {
    *file = std::make_unique<FailingFile>(std::move(*file), *this);
  }
  return status;
}

}  // namespace sluice::embedded
