#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/log/log.h"
#include "tests/contract/log_harness.h"

namespace sluice::contract {

// A record with strings of its own.
struct Entry {
  std::string topic;
  log::Partition partition = 0;
  uint64_t offset = 0;
  absl::Time appended;
  std::string key;
  std::string value;
};

struct LoadedRow {
  std::string table;
  std::string key;
  std::string value;
  friend bool operator==(const LoadedRow&, const LoadedRow&) = default;
  friend std::ostream& operator<<(std::ostream& out, const LoadedRow& row) {
    return out << row.table << ' ' << testing::PrintToString(row.key) << '=' << row.value;
  }
};

// Records taken off a worker; `records` are good for Commit, however many Polls it took.
struct Taken {
  std::vector<log::Record> records;
  std::vector<Entry> entries;
};

// The one suite that every Log passes. Its tests are in the files *_contract.cc; an implementation
// instantiates it with its LogFactory.
class LogContract : public testing::TestWithParam<LogFactory> {
 public:
  LogHarness& harness() { return *harness_; }
  log::Log& log() { return harness_->log(); }

  // Reads crawl-targets (keyed) and sources, writes all else, remembers in `seen` (keyed), `recent`
  // (expiring) and `quiet` (keyed, not loaded).
  static log::Spec CopySpec();

  // nullptr and a failed test where it does not open.
  std::unique_ptr<log::Worker> Open(const log::Spec& spec, log::Partition partition = 0,
                                    std::vector<LoadedRow>* loaded = nullptr);
  std::unique_ptr<log::Worker> OpenReplica(const log::Spec& spec,
                                           std::vector<LoadedRow>* loaded = nullptr);
  absl::Status OpenStatus(const log::Spec& spec, log::Partition partition = 0);
  // The next process. The caller's workers are gone.
  void Reopen();

  // Appends in one commit, keyed.
  void Produce(std::string_view topic,
               const std::vector<std::pair<std::string, std::string>>& records);
  void ProduceTo(std::string_view topic, log::Partition partition, std::string_view value,
                 std::string_view key = "");

  // Exactly `count` records, or a failed test.
  Taken Take(log::Worker& worker, size_t count, const log::Limits& limits = {});
  // Fails where the worker has anything more to read: makes a marker in `topic` and takes it.
  void ExpectNothingMore(log::Worker& worker, std::string_view topic, log::Partition partition = 0);
  // Everything that a reader finds in a topic, by partition, then offset; markers left out.
  std::vector<Entry> ReadAll(std::string_view topic);

  // Takes `count` records and commits them with `transaction`.
  absl::Status CommitAll(log::Worker& worker, log::Transaction transaction, const Taken& taken);

  absl::Time Patience() { return harness_->clock().Now() + harness_->patience(); }

 protected:
  void SetUp() override;
  void TearDown() override;

 private:
  log::Worker& Producer();

  std::unique_ptr<LogHarness> harness_;
  std::unique_ptr<log::Worker> producer_;
  int readers_ = 0;
  int markers_ = 0;
};

std::vector<std::string> Values(const std::vector<Entry>& entries);

}  // namespace sluice::contract
