#pragma once

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rocksdb {
class WriteBatch;
}

namespace sluice::state {

// Numbers all that is written to a database, so that what a power cut leaves is a beginning of it.
//
// Blocks of a write-ahead log that were not synced may reach the disk in any order. RocksDB's
// recovery stops where a checksum fails, but a lost block reads as zeros, which it takes for
// padding and steps over. The number of every batch is a row of the first family: a log in which
// one is missing ends there.
//
// One thread at a time.
class WriteNumbers {
 public:
  // As rocksdb::DB::Open, up to the first batch that is missing, and with names in order (see
  // WithOrderedRenames). Outlives the database. `handles` are given back by the caller.
  rocksdb::Status Open(const rocksdb::DBOptions& options, const std::string& path,
                       const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
                       std::vector<rocksdb::ColumnFamilyHandle*>* handles, rocksdb::DB** db);

  // Adds the next number and writes. Nothing is written to the database otherwise.
  rocksdb::Status Write(const rocksdb::WriteOptions& options, rocksdb::WriteBatch& batch);

 private:
  std::unique_ptr<rocksdb::Env> env_;  // Of the database.
  rocksdb::DB* db_ = nullptr;          // Not owned.
  uint64_t last_ = 0;
};

}  // namespace sluice::state
