#include "pipeline/state/write_numbers.h"

#include <rocksdb/env.h>
#include <rocksdb/wal_filter.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/base/internal/endian.h"
#include "pipeline/state/ordered_renames.h"

namespace sluice::state {
namespace {

constexpr char kNumberKey[] = "write";

std::optional<uint64_t> Decode(const rocksdb::Slice& value) {
  if (value.size() != 8) return std::nullopt;
  return absl::big_endian::Load64(value.data());
}

// Finds the number in a batch; one of a program that did not number its batches has none.
class NumberOf final : public rocksdb::WriteBatch::Handler {
 public:
  explicit NumberOf(const rocksdb::WriteBatch& batch) { (void)batch.Iterate(this); }
  const std::optional<uint64_t>& number() const { return number_; }

  rocksdb::Status PutCF(uint32_t family, const rocksdb::Slice& key,
                        const rocksdb::Slice& value) override {
    if (family == 0 && key == kNumberKey) number_ = Decode(value);
    return rocksdb::Status::OK();
  }
  rocksdb::Status DeleteCF(uint32_t /*family*/, const rocksdb::Slice& /*key*/) override {
    return rocksdb::Status::OK();
  }
  rocksdb::Status DeleteRangeCF(uint32_t /*family*/, const rocksdb::Slice& /*from*/,
                                const rocksdb::Slice& /*to*/) override {
    return rocksdb::Status::OK();
  }

 private:
  std::optional<uint64_t> number_;
};

// Leaves the write-ahead log out.
class FilesAlone final : public rocksdb::WalFilter {
 public:
  const char* Name() const override { return "FilesAlone"; }
  WalProcessingOption LogRecordFound(unsigned long long /*log*/, const std::string& /*file*/,
                                     const rocksdb::WriteBatch& /*batch*/,
                                     rocksdb::WriteBatch* /*changed*/,
                                     bool* /*is_changed*/) override {
    return WalProcessingOption::kStopReplay;
  }
};

// Ends the write-ahead log at the first batch whose predecessor is neither before it nor in files.
class EndAtGap final : public rocksdb::WalFilter {
 public:
  explicit EndAtGap(uint64_t in_files) : last_(in_files) {}

  const char* Name() const override { return "EndAtGap"; }
  WalProcessingOption LogRecordFound(unsigned long long /*log*/, const std::string& /*file*/,
                                     const rocksdb::WriteBatch& batch,
                                     rocksdb::WriteBatch* /*changed*/,
                                     bool* /*is_changed*/) override {
    const std::optional<uint64_t> number = NumberOf(batch).number();
    if (number.has_value() && *number > last_ + 1) return WalProcessingOption::kCorruptedRecord;
    last_ = std::max(last_, number.value_or(0));
    return WalProcessingOption::kContinueProcessing;
  }

 private:
  uint64_t last_;
};

class Silence final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

// Zero: nothing was numbered yet.
rocksdb::Status ReadNumber(rocksdb::DB& db, uint64_t& number) {
  std::string value;
  const rocksdb::Status read = db.Get({}, db.DefaultColumnFamily(), kNumberKey, &value);
  if (read.ok()) number = Decode(value).value_or(0);
  return read.IsNotFound() ? rocksdb::Status::OK() : read;
}

// What lies in files was synced, with all before it: the log goes on from there at the latest.
rocksdb::Status NumberInFiles(rocksdb::DBOptions options, const std::string& path,
                              const rocksdb::ColumnFamilyDescriptor& family, uint64_t& number) {
  rocksdb::Status status = options.env->FileExists(path + "/CURRENT");
  if (status.IsNotFound()) return rocksdb::Status::OK();
  if (!status.ok()) return status;
  FilesAlone filter;
  options.wal_filter = &filter;
  // The logs that are kept are those of the last runs.
  options.info_log = std::make_shared<Silence>();
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  status = rocksdb::DB::OpenForReadOnly(options, path, {family}, &handles, &opened);
  if (!status.ok()) return status;
  const std::unique_ptr<rocksdb::DB> db(opened);
  status = ReadNumber(*db, number);
  (void)db->DestroyColumnFamilyHandle(handles.front());
  return status;
}

}  // namespace

rocksdb::Status WriteNumbers::Open(const rocksdb::DBOptions& options, const std::string& path,
                                   const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
                                   std::vector<rocksdb::ColumnFamilyHandle*>* handles,
                                   rocksdb::DB** db) {
  uint64_t in_files = 0;
  rocksdb::Status status = NumberInFiles(options, path, families.front(), in_files);
  if (!status.ok()) return status;
  EndAtGap filter(in_files);
  env_ = WithOrderedRenames(*options.env);
  rocksdb::DBOptions filtered = options;
  filtered.env = env_.get();
  filtered.wal_filter = &filter;  // Asked while the log is read, which is now.
  status = rocksdb::DB::Open(filtered, path, families, handles, db);
  if (!status.ok()) return status;
  db_ = *db;
  return ReadNumber(*db_, last_);
}

rocksdb::Status WriteNumbers::Write(const rocksdb::WriteOptions& options,
                                    rocksdb::WriteBatch& batch) {
  char number[8];
  absl::big_endian::Store64(number, last_ + 1);
  (void)batch.Put(db_->DefaultColumnFamily(), kNumberKey, {number, sizeof(number)});
  rocksdb::Status status = db_->Write(options, &batch);
  // A number that was not written would end the log before all that comes after it.
  if (status.ok()) ++last_;
  return status;
}

}  // namespace sluice::state
