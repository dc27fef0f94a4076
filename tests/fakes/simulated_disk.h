#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "tests/fakes/disk_contents.h"

namespace sluice::fakes {

// A disk in memory under a database: it forgets what was not synced when the power goes, and fails
// on order. Seeded. Any thread.
//
// As little is promised as POSIX does: a file's sync keeps its bytes, a directory's sync the names
// in it, of files and of directories; a sync of ranges keeps nothing. After a sync that failed the
// bytes can be read, but later syncs do not bring them to the disk any more, as on Linux.
class SimulatedDisk final : public rocksdb::FileSystem {
 public:
  enum class Operation { kCreate, kAppend, kSync, kSyncDirectory, kRename, kRemove, kRead };
  static constexpr size_t kOperations = 7;
  enum class Fault { kNoSpace, kError };

  explicit SimulatedDisk(uint64_t seed);

  rocksdb::Env* env() { return env_.get(); }

  // The power goes now, or with the `changes`-th change from now on (one: the next one), before it
  // took place or after. What is under way sees nothing of it, and whatever it still does is gone
  // with PowerOn: what it says that it did counts where there is power() afterwards.
  void CutPower();
  void CutPowerAfter(uint64_t changes);
  // The process is gone now, as above, and the machine goes on.
  void EndProcess();
  bool power() const;  // Since the last PowerOn.
  // What the cut left is all there is. No file is open any more.
  DiskContents::Loss PowerOn();

  // The `nth` such operation from now on fails whose file has this in its name, and `more` that
  // follow. Half of an append that fails has happened. What a compaction writes does not fail:
  // Debian builds RocksDB with assertions, and an output that cannot be written and has no key but
  // those of removed ranges ends the program there.
  void FailAt(Operation operation, std::string_view part, uint64_t nth, Fault fault,
              uint64_t more = 0);
  // As FailAt, of all appends once that many bytes more are written.
  void FillUpAfter(int64_t bytes);
  void EndFaults();

  // Has `call` be called once, just before the next removal of a file with this ending; it may call
  // this disk. nullptr: no more.
  void BeforeRemoval(std::string_view ending, std::function<void()> call);
  // Has these bytes of the last file with this ending be read as zeros: blocks that a power cut
  // lost. False: it has not so many.
  bool Blank(std::string_view ending, size_t from, size_t bytes);

  uint64_t faults() const;  // That were met.

  const char* Name() const override { return "SimulatedDisk"; }
  using Status = rocksdb::IOStatus;
  Status NewSequentialFile(const std::string& name, const rocksdb::FileOptions&,
                           std::unique_ptr<rocksdb::FSSequentialFile>* file,
                           rocksdb::IODebugContext*) override;
  Status NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions&,
                             std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                             rocksdb::IODebugContext*) override;
  Status NewWritableFile(const std::string& name, const rocksdb::FileOptions&,
                         std::unique_ptr<rocksdb::FSWritableFile>* file,
                         rocksdb::IODebugContext*) override;
  Status NewDirectory(const std::string& name, const rocksdb::IOOptions&,
                      std::unique_ptr<rocksdb::FSDirectory>* directory,
                      rocksdb::IODebugContext*) override;
  Status FileExists(const std::string& name, const rocksdb::IOOptions&,
                    rocksdb::IODebugContext*) override;
  Status GetChildren(const std::string& name, const rocksdb::IOOptions&,
                     std::vector<std::string>* names, rocksdb::IODebugContext*) override;
  Status DeleteFile(const std::string& name, const rocksdb::IOOptions&,
                    rocksdb::IODebugContext*) override;
  Status CreateDir(const std::string& name, const rocksdb::IOOptions&,
                   rocksdb::IODebugContext*) override;
  Status CreateDirIfMissing(const std::string& name, const rocksdb::IOOptions&,
                            rocksdb::IODebugContext*) override;
  Status DeleteDir(const std::string& name, const rocksdb::IOOptions&,
                   rocksdb::IODebugContext*) override;
  Status GetFileSize(const std::string& name, const rocksdb::IOOptions&, uint64_t* bytes,
                     rocksdb::IODebugContext*) override;
  Status GetFileModificationTime(const std::string& name, const rocksdb::IOOptions&, uint64_t* time,
                                 rocksdb::IODebugContext*) override;
  Status RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions&,
                    rocksdb::IODebugContext*) override;
  Status LockFile(const std::string& name, const rocksdb::IOOptions&, rocksdb::FileLock** lock,
                  rocksdb::IODebugContext*) override;
  Status UnlockFile(rocksdb::FileLock* lock, const rocksdb::IOOptions&,
                    rocksdb::IODebugContext*) override;
  Status GetTestDirectory(const rocksdb::IOOptions&, std::string* path,
                          rocksdb::IODebugContext*) override;
  Status NewLogger(const std::string& name, const rocksdb::IOOptions&,
                   std::shared_ptr<rocksdb::Logger>* logger, rocksdb::IODebugContext*) override;
  Status GetAbsolutePath(const std::string& path, const rocksdb::IOOptions&, std::string* absolute,
                         rocksdb::IODebugContext*) override;
  Status IsDirectory(const std::string& name, const rocksdb::IOOptions&, bool* is_directory,
                     rocksdb::IODebugContext*) override;

 private:
  friend class SimulatedFile;
  friend class SimulatedDirectory;
  struct Order {
    std::string part;
    uint64_t passing = 0;  // Before the first that fails.
    uint64_t failing = 0;
    Fault fault = Fault::kError;
  };

  // Counts the operation, which writes `bytes`, and does `change`; told that the operation fails,
  // it does what a failure leaves. `spared`: it does not fail.
  Status Do(Operation operation, std::string_view name, size_t bytes,
            absl::FunctionRef<Status(bool fails)> change, bool spared = false)
      ABSL_LOCKS_EXCLUDED(mutex_);
  template <typename File>
  rocksdb::IOStatus OpenForReading(const std::string& name, std::unique_ptr<File>* file)
      ABSL_LOCKS_EXCLUDED(mutex_);
  std::optional<Fault> Fails(Operation operation, std::string_view name, size_t bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Cut() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::unique_ptr<rocksdb::Env> env_;
  mutable absl::Mutex mutex_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
  DiskContents contents_ ABSL_GUARDED_BY(mutex_);
  std::optional<DiskContents> left_ ABSL_GUARDED_BY(mutex_);  // Of a cut.
  DiskContents::Loss loss_ ABSL_GUARDED_BY(mutex_);
  uint64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t cut_at_ ABSL_GUARDED_BY(mutex_) = std::numeric_limits<uint64_t>::max();
  std::array<Order, kOperations> orders_ ABSL_GUARDED_BY(mutex_);
  int64_t free_bytes_ ABSL_GUARDED_BY(mutex_) = std::numeric_limits<int64_t>::max();
  uint64_t faults_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string removal_ending_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> before_removal_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sluice::fakes
