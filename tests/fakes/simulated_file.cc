#include "tests/fakes/simulated_file.h"

#include <algorithm>
#include <utility>

#include "absl/synchronization/mutex.h"

namespace sluice::fakes {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using Operation = SimulatedDisk::Operation;

SimulatedFile::SimulatedFile(SimulatedDisk& disk, std::string name, DiskContents::FilePtr file)
    : disk_(&disk), name_(std::move(name)), file_(std::move(file)) {}

IOStatus SimulatedFile::Append(const rocksdb::Slice& data, const IOOptions& /*options*/,
                               IODebugContext* /*context*/) {
  return disk_->Do(
      Operation::kAppend, name_, data.size(),
      [&](bool fails) {
        file_->bytes.append(data.data(), fails ? data.size() / 2 : data.size());
        return IOStatus::OK();
      },
      OfCompaction());
}

IOStatus SimulatedFile::Truncate(uint64_t size, const IOOptions& /*options*/,
                                 IODebugContext* /*context*/) {
  return disk_->Do(
      Operation::kAppend, name_, 0,
      [&](bool fails) {
        if (!fails) file_->bytes.resize(size);
        file_->synced = std::min(file_->synced, file_->bytes.size());
        return IOStatus::OK();
      },
      OfCompaction());
}

IOStatus SimulatedFile::Sync(const IOOptions& /*options*/, IODebugContext* /*context*/) {
  return disk_->Do(
      Operation::kSync, name_, 0,
      [&](bool fails) {
        fails ? DiskContents::FailSync(*file_) : DiskContents::Sync(*file_);
        return IOStatus::OK();
      },
      OfCompaction());
}

IOStatus SimulatedFile::Flush(const IOOptions& /*options*/, IODebugContext* /*context*/) {
  return IOStatus::OK();
}

IOStatus SimulatedFile::Close(const IOOptions& /*options*/, IODebugContext* /*context*/) {
  return IOStatus::OK();
}

uint64_t SimulatedFile::GetFileSize(const IOOptions& /*options*/, IODebugContext* /*context*/) {
  absl::MutexLock lock(&disk_->mutex_);
  return file_->bytes.size();
}

IOStatus SimulatedFile::Read(uint64_t offset, size_t n, const IOOptions& /*options*/,
                             rocksdb::Slice* result, char* scratch,
                             IODebugContext* /*context*/) const {
  *result = rocksdb::Slice(scratch, 0);
  return disk_->Do(Operation::kRead, name_, 0, [&](bool fails) {
    if (fails || offset >= file_->bytes.size()) return IOStatus::OK();
    const size_t bytes = std::min<size_t>(n, file_->bytes.size() - offset);
    file_->bytes.copy(scratch, bytes, offset);
    *result = rocksdb::Slice(scratch, bytes);
    return IOStatus::OK();
  });
}

IOStatus SimulatedFile::Read(size_t n, const IOOptions& options, rocksdb::Slice* result,
                             char* scratch, IODebugContext* context) {
  IOStatus status = Read(place_, n, options, result, scratch, context);
  place_ += result->size();
  return status;
}

IOStatus SimulatedFile::Skip(uint64_t n) {
  place_ += n;
  return IOStatus::OK();
}

SimulatedDirectory::SimulatedDirectory(SimulatedDisk& disk, std::string name)
    : disk_(&disk), name_(std::move(name)) {}

IOStatus SimulatedDirectory::Fsync(const IOOptions& /*options*/, IODebugContext* /*context*/) {
  return disk_->Do(Operation::kSyncDirectory, name_, 0, [&](bool fails) {
    disk_->mutex_.AssertHeld();
    if (!fails) disk_->contents_.SyncDirectory(name_);
    return IOStatus::OK();
  });
}

}  // namespace sluice::fakes
