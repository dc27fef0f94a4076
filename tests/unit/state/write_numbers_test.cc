#include "pipeline/state/write_numbers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/write_batch.h>

#include <memory>
#include <string>
#include <vector>

#include "pipeline/base/strings.h"
#include "tests/fakes/simulated_disk.h"

namespace sluice::state {
namespace {

using ::testing::ElementsAre;

// Of RocksDB's write-ahead log. A record that fills one leaves no trace in the next.
constexpr size_t kBlockBytes = 32 << 10;
constexpr size_t kRecordHeadBytes = 7;
constexpr size_t kNumberBytes = 16;

class WriteNumbersTest : public testing::Test {
 protected:
  void SetUp() override { Reopen(); }
  void TearDown() override { Close(); }

  void Close() {
    for (rocksdb::ColumnFamilyHandle* family : families_) {
      EXPECT_TRUE(db_->DestroyColumnFamilyHandle(family).ok());
    }
    families_.clear();
    db_.reset();
  }
  rocksdb::Status Open() {
    Close();
    rocksdb::DBOptions options;
    options.create_if_missing = options.create_missing_column_families = true;
    options.env = disk_.env();
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    rocksdb::DB* db = nullptr;
    rocksdb::Status status =
        numbers_.Open(options, "/data/rocksdb", {{"default", {}}, {"rows", {}}}, &families_, &db);
    db_.reset(db);
    return status;
  }
  void Reopen() {
    const rocksdb::Status status = Open();
    ASSERT_TRUE(status.ok()) << status.ToString();
  }
  // The machine goes on, and so does what was not synced.
  void EndProcess() {
    disk_.EndProcess();
    Close();
    disk_.PowerOn();
  }
  // A row of its own whose record fills one block of the log.
  rocksdb::WriteBatch BlockOf(const std::string& key) {
    rocksdb::WriteBatch batch;
    std::string value;
    do {
      batch.Clear();
      EXPECT_TRUE(batch.Put(families_[1], key, value).ok());
      value.resize(value.size() + kBlockBytes - kRecordHeadBytes - kNumberBytes -
                   batch.GetDataSize());
    } while (batch.GetDataSize() != kBlockBytes - kRecordHeadBytes - kNumberBytes);
    return batch;
  }
  void Write(const std::string& key) {
    rocksdb::WriteBatch batch = BlockOf(key);
    ASSERT_TRUE(numbers_.Write({}, batch).ok());
  }
  std::vector<std::string> Keys() {
    std::vector<std::string> keys;
    const std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator({}, families_[1]));
    for (row->SeekToFirst(); row->Valid(); row->Next()) keys.push_back(row->key().ToString());
    return keys;
  }

  fakes::SimulatedDisk disk_{1};
  WriteNumbers numbers_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

TEST_F(WriteNumbersTest, ALostBlockEndsTheLog) {
  for (const char* key : {"a", "b", "c", "d", "e"}) Write(key);
  EndProcess();
  ASSERT_TRUE(disk_.Blank(".log", 2 * kBlockBytes, kBlockBytes));
  Reopen();
  EXPECT_THAT(Keys(), ElementsAre("a", "b"));
}

TEST_F(WriteNumbersTest, SoDoesOneAtTheBeginningOfANewLog) {
  Write("a");
  ASSERT_TRUE(db_->Flush({}, families_).ok());
  for (const char* key : {"b", "c", "d"}) Write(key);
  EndProcess();
  ASSERT_TRUE(disk_.Blank(".log", 0, kBlockBytes));
  Reopen();
  EXPECT_THAT(Keys(), ElementsAre("a"));
}

TEST_F(WriteNumbersTest, WhatComesAfterAGapGoesOn) {
  for (const char* key : {"a", "b", "c"}) Write(key);
  EndProcess();
  ASSERT_TRUE(disk_.Blank(".log", kBlockBytes, kBlockBytes));
  Reopen();
  for (const char* key : {"d", "e"}) Write(key);
  EndProcess();
  Reopen();
  EXPECT_THAT(Keys(), ElementsAre("a", "d", "e"));
}

TEST_F(WriteNumbersTest, AWriteThatFailsLeavesNoGap) {
  Write("a");
  rocksdb::WriteOptions refused;  // RocksDB cannot sync a log that it does not write.
  refused.sync = refused.disableWAL = true;
  rocksdb::WriteBatch batch = BlockOf("b");
  ASSERT_FALSE(numbers_.Write(refused, batch).ok());
  Write("c");
  EndProcess();
  Reopen();
  EXPECT_THAT(Keys(), ElementsAre("a", "c"));
}

TEST_F(WriteNumbersTest, BatchesOfAProgramThatDidNotNumberThemStay) {
  Write("a");
  for (const char* key : {"b", "c"}) {
    rocksdb::WriteBatch batch = BlockOf(key);
    ASSERT_TRUE(db_->Write({}, &batch).ok());
  }
  EndProcess();
  Reopen();
  Write("d");
  EndProcess();
  Reopen();
  EXPECT_THAT(Keys(), ElementsAre("a", "b", "c", "d"));
}

// Taken for an empty beginning, it would end the log at its first batch.
TEST_F(WriteNumbersTest, AFailedReadOfTheNumberFailsTheOpening) {
  for (const char* key : {"a", "b"}) Write(key);
  ASSERT_TRUE(db_->Flush({}, families_).ok());
  Write("c");
  EndProcess();
  for (uint64_t nth = 1;; ++nth) {
    SCOPED_TRACE(nth);
    const uint64_t met = disk_.faults();
    disk_.FailAt(fakes::SimulatedDisk::Operation::kRead, "", nth,
                 fakes::SimulatedDisk::Fault::kError);
    const bool opened = Open().ok();
    disk_.EndFaults();
    if (opened) {
      EXPECT_THAT(Keys(), ElementsAre("a", "b", "c"));
    }
    if (disk_.faults() == met) break;
    EndProcess();
  }
}

}  // namespace
}  // namespace sluice::state
