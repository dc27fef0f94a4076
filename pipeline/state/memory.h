#pragma once

#include <cstddef>
#include <memory>

namespace rocksdb {
class Cache;
class WriteBufferManager;
}  // namespace rocksdb

namespace sluice::state {

// The memory that all databases of a process share: one block cache, and one budget of write
// buffers that is charged to it. Outlives the databases. Any thread.
class Memory {
 public:
  struct Options {
    size_t cache_bytes = 64 << 20;          // Blocks read, and what follows.
    size_t write_buffers_bytes = 32 << 20;  // Of it, writes not yet in files.
  };

  explicit Memory(const Options& options);

  // RocksDB wants to share the ownership of both.
  const std::shared_ptr<rocksdb::Cache>& cache() const { return cache_; }
  const std::shared_ptr<rocksdb::WriteBufferManager>& write_buffers() const {
    return write_buffers_;
  }
  const Options& options() const { return options_; }

 private:
  Options options_;
  std::shared_ptr<rocksdb::Cache> cache_;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffers_;
};

}  // namespace sluice::state
