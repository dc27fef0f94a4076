#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/embedded/embedded_log.h"
#include "pipeline/log/topics.h"
#include "tests/fakes/manual_clock.h"
#include "tests/support/temporary_directory.h"

namespace sluice::embedded {

// An embedded log in a directory of the test, on a clock of the test.
class EmbeddedFixture : public testing::Test {
 protected:
  void SetUp() override {
    options_.directory = directory_.path();
    options_.memory = {.cache_bytes = 8 << 20, .write_buffers_bytes = 4 << 20};
    options_.sync_interval = absl::ZeroDuration();
  }

  // Before what a test gave it to use.
  void TearDown() override { log_.reset(); }

  void Reopen() {
    log_.reset();
    auto opened = EmbeddedLog::Open(options_, clock_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    log_ = *std::move(opened);
  }

  // Stage "writer" writes all topics and reads none; "reader" reads one.
  std::unique_ptr<log::Worker> Writer() {
    log::Spec spec{.stage = "writer", .inputs = {}, .outputs = {}, .tables = {{.name = "rows"}}};
    for (const log::Topic& topic : log::Topics()) spec.outputs.emplace_back(topic.name);
    return Worker(log_->OpenWorker(spec, 0, [](auto, auto, auto) {}, {}));
  }
  std::unique_ptr<log::Worker> Reader(const std::string& topic, log::Partition partition = 0) {
    const log::Spec spec{.stage = "reader", .inputs = {topic}, .outputs = {}, .tables = {}};
    return Worker(log_->OpenWorker(spec, partition, [](auto, auto, auto) {}, {}));
  }
  std::unique_ptr<log::Worker> Replica(const std::string& topic) {
    const log::Spec spec{.stage = "replica", .inputs = {topic}, .outputs = {}, .tables = {}};
    return Worker(log_->OpenReplica(spec, [](auto, auto, auto) {}, {}));
  }

  static absl::Status Emit(log::Worker& writer, std::string_view topic, std::string value,
                           log::Partition partition = 0, int count = 1) {
    log::Transaction transaction(&writer.state());
    for (int i = 0; i < count; ++i) {
      absl::Status status = transaction.EmitTo(topic, partition, "key", value);
      if (!status.ok()) return status;
    }
    return writer.Commit(std::move(transaction), {});
  }
  // What is there now.
  static absl::StatusOr<std::vector<std::string>> Values(log::Worker& worker,
                                                         const log::Limits& limits = {}) {
    const auto records = worker.Poll(limits, absl::InfinitePast());
    if (!records.ok()) return records.status();
    std::vector<std::string> values;
    for (const log::Record& record : *records) values.emplace_back(record.value);
    return values;
  }
  // Reads and commits all that is there; how many records.
  static size_t Drain(log::Worker& worker) {
    size_t count = 0;
    for (;;) {
      const auto records = worker.Poll({}, absl::InfinitePast());
      EXPECT_TRUE(records.ok()) << records.status();
      if (!records.ok() || records->empty()) return count;
      EXPECT_TRUE(worker.Commit(log::Transaction(&worker.state()), *records).ok());
      count += records->size();
    }
  }

  fakes::ManualClock clock_;
  const support::TemporaryDirectory directory_;
  EmbeddedLog::Options options_;
  std::unique_ptr<EmbeddedLog> log_;

 private:
  static std::unique_ptr<log::Worker> Worker(absl::StatusOr<std::unique_ptr<log::Worker>> worker) {
    EXPECT_TRUE(worker.ok()) << worker.status();
    return worker.ok() ? *std::move(worker) : nullptr;
  }
};

}  // namespace sluice::embedded
