#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace sluice::embedded {

// The machine's disk, remembering what of each file was synced: what a power cut leaves. Any
// thread.
class PowerCutDisk final : public rocksdb::FileSystemWrapper {
 public:
  PowerCutDisk();

  rocksdb::Env* env() { return env_.get(); }

  // Copies a database's directory as a power cut now would leave it: of what was not synced, a
  // random part from the front. Returns how many bytes were lost.
  uint64_t Cut(const std::string& directory, const std::string& copy, std::mt19937_64& random);

  // Has `call` be called once, just before the next file of records is removed; nullptr: no more.
  void BeforeRemoval(std::function<void()> call);

  const char* Name() const override { return "PowerCutDisk"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* context) override;

  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* context) override;

 private:
  friend class WatchedFile;
  struct Extent {
    absl::Mutex mutex;
    uint64_t written ABSL_GUARDED_BY(mutex) = 0;
    uint64_t synced ABSL_GUARDED_BY(mutex) = 0;
  };

  absl::Mutex still_;  // Held by a cut; shared by all that changes files.
  absl::Mutex mutex_ ABSL_ACQUIRED_AFTER(still_);
  std::map<std::string, std::shared_ptr<Extent>> extents_
      ABSL_GUARDED_BY(mutex_);  // Shared with the open file.
  std::function<void()> before_removal_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace sluice::embedded
