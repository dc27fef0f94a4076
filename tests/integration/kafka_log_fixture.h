#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "pipeline/base/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/kafka/kafka_log.h"
#include "pipeline/log/topics.h"
#include "tests/integration/kafka_broker.h"
#include "tests/integration/kafka_reader.h"
#include "tests/support/temporary_directory.h"

namespace sluice::kafka {

inline constexpr absl::Duration kPatience = absl::Minutes(1);

inline log::Spec EchoSpec() {
  return {.stage = "echo",
          .inputs = {std::string(log::kRawPages)},
          .outputs = {std::string(log::kDocuments)},
          .tables = {{.name = "counts"}, {.name = "times", .kind = log::Table::Kind::kExpiring}}};
}

inline std::string Message(const absl::Status& status) { return std::string(status.message()); }

class KafkaLogTest : public testing::Test {
 protected:
  KafkaLogTest() : prefix_(integration::KafkaBroker::Shared().UniquePrefix()) {}

  Options MakeOptions(std::string_view state = "state") const {
    Options options;
    options.bootstrap_servers = integration::KafkaBroker::Shared().bootstrap();
    options.topic_prefix = prefix_;
    options.partitions = 2;
    options.state_directory = directory_.Path(state);
    options.settle_after = absl::Milliseconds(50);
    options.open_wait_max = kPatience;
    return options;
  }

  std::unique_ptr<KafkaLog> MakeLog(const Options& options) const {
    auto log = KafkaLog::Create(options, clock_);
    EXPECT_TRUE(log.ok()) << log.status();
    return *std::move(log);
  }

  static std::unique_ptr<log::Worker> Open(KafkaLog& log,
                                           std::vector<std::string>* loaded = nullptr) {
    const auto load = [loaded](std::string_view table, std::string_view key,
                               std::string_view value) {
      if (loaded != nullptr) loaded->push_back(fmt::format("{}/{}={}", table, key, value));
    };
    auto worker = log.OpenWorker(EchoSpec(), 0, load, {});
    EXPECT_TRUE(worker.ok()) << worker.status();
    return *std::move(worker);
  }

  static absl::Status OpenStatus(KafkaLog& log) {
    return log.OpenWorker(EchoSpec(), 0, [](auto, auto, auto) {}, {}).status();
  }

  static void Append(KafkaLog& log, std::string_view key, std::string value) {
    auto appender = log.OpenAppender();
    ASSERT_TRUE(appender.ok()) << appender.status();
    absl::Status result = absl::UnknownError("no answer");
    (*appender)->Append(log::kRawPages, key, std::move(value),
                        [&](absl::Status status) { result = std::move(status); });
    appender->reset();  // Waits for the answer.
    ASSERT_TRUE(result.ok()) << result;
  }

  // A key of partition 0 of two.
  static std::string Key() {
    for (int i = 0;; ++i) {
      std::string key = fmt::format("key{}", i);
      if (log::PartitionOf(key, 2) == 0) return key;
    }
  }

  static std::vector<log::Record> PollSome(log::Worker& worker) {
    auto records = worker.Poll({}, absl::Now() + kPatience);
    EXPECT_TRUE(records.ok()) << records.status();
    return *std::move(records);
  }

  // Polls, without result, until `condition` holds.
  template <typename Condition>
  static void PollUntil(log::Worker& worker, Condition condition) {
    const absl::Time deadline = absl::Now() + kPatience;
    while (!condition() && absl::Now() < deadline) {
      auto records = worker.Poll({}, absl::Now() + absl::Milliseconds(50));
      ASSERT_TRUE(records.ok()) << records.status();
      ASSERT_THAT(*records, ::testing::IsEmpty());
    }
    EXPECT_TRUE(condition());
  }

  static void Put(log::Worker& worker, std::string_view table, std::string_view key,
                  std::string value) {
    log::Transaction transaction(&worker.state());
    transaction.Put(table, key, std::move(value));
    ASSERT_TRUE(worker.Commit(std::move(transaction), {}).ok());
  }

  std::string Topic(std::string_view topic) const { return prefix_ + std::string(topic); }
  std::vector<integration::SeenRecord> Read(std::string_view topic) const {
    return integration::ReadCommitted(integration::KafkaBroker::Shared().bootstrap(), Topic(topic));
  }

  base::SystemClock clock_;
  const std::string prefix_;
  const support::TemporaryDirectory directory_;
};

}  // namespace sluice::kafka
