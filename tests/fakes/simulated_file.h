#pragma once

#include <rocksdb/file_system.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/fakes/disk_contents.h"
#include "tests/fakes/simulated_disk.h"

namespace sluice::fakes {

// A file of a SimulatedDisk that is open, for whatever: written, read anywhere, or read on from
// where one was. What is done with it counts as an operation of the disk, under the name that it
// was opened by, and may fail there; its bytes stay while it is open, whatever becomes of the name.
// The disk outlives it. Any thread; one alone reads on.
class SimulatedFile final : public rocksdb::FSWritableFile,
                            public rocksdb::FSRandomAccessFile,
                            public rocksdb::FSSequentialFile {
 public:
  using Status = rocksdb::IOStatus;

  SimulatedFile(SimulatedDisk& disk, std::string name, DiskContents::FilePtr file);

  Status Append(const rocksdb::Slice& data, const rocksdb::IOOptions&,
                rocksdb::IODebugContext*) override;
  using FSWritableFile::Append;
  Status Truncate(uint64_t size, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  Status Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  Status Flush(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  Status Close(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  bool IsSyncThreadSafe() const override { return true; }
  uint64_t GetFileSize(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;

  Status Read(uint64_t offset, size_t n, const rocksdb::IOOptions&, rocksdb::Slice* result,
              char* scratch, rocksdb::IODebugContext*) const override;
  Status Read(size_t n, const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
              rocksdb::IODebugContext* context) override;
  Status Skip(uint64_t n) override;

  // Three bases, one file.
  bool use_direct_io() const override { return false; }
  size_t GetRequiredBufferAlignment() const override { return 4096; }
  size_t GetUniqueId(char* /*id*/, size_t /*bytes_max*/) const override { return 0; }
  Status InvalidateCache(size_t /*offset*/, size_t /*length*/) override { return Status::OK(); }
  rocksdb::Temperature GetTemperature() const override { return rocksdb::Temperature::kUnknown; }

 private:
  // Compactions alone write with this priority.
  bool OfCompaction() { return GetIOPriority() == rocksdb::Env::IO_LOW; }

  SimulatedDisk* disk_;               // Not owned.
  const std::string name_;            // When it was opened.
  const DiskContents::FilePtr file_;  // Outlives its name; the disk's mutex guards what it holds.
  uint64_t place_ = 0;
};

// A directory of a SimulatedDisk that is open, to be synced. The disk outlives it. Any thread.
class SimulatedDirectory final : public rocksdb::FSDirectory {
 public:
  SimulatedDirectory(SimulatedDisk& disk, std::string name);

  rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;

 private:
  SimulatedDisk* disk_;  // Not owned.
  const std::string name_;
};

}  // namespace sluice::fakes
