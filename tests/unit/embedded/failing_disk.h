#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

namespace sluice::embedded {

// The machine's disk with a bound on what may still be written, and with syncs that fail on order.
// Any thread.
class FailingDisk final : public rocksdb::FileSystemWrapper {
 public:
  FailingDisk();

  // For EmbeddedLog::Options::env.
  rocksdb::Env* env() { return env_.get(); }

  void SetFreeBytes(int64_t bytes) { free_bytes_ = bytes; }
  void FailSyncs() { syncs_fail_ = true; }
  uint64_t failures() const { return failures_; }

  const char* Name() const override { return "FailingDisk"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* context) override;

 private:
  friend class FailingFile;

  std::atomic<int64_t> free_bytes_ = std::numeric_limits<int64_t>::max();
  std::atomic<bool> syncs_fail_ = false;
  std::atomic<uint64_t> failures_ = 0;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace sluice::embedded
