// The Log over a real broker: what the contract suite does not reach.
#include "pipeline/kafka/kafka_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "pipeline/base/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "tests/integration/kafka_broker.h"
#include "tests/integration/kafka_reader.h"

namespace sluice::kafka {
namespace {

using integration::KafkaBroker;
using integration::ReadCommitted;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::Duration kPatience = absl::Seconds(30);

log::Spec EchoSpec() {
  return {.stage = "echo",
          .inputs = {std::string(log::kRawPages)},
          .outputs = {std::string(log::kDocuments)},
          .tables = {{.name = "counts"}, {.name = "times", .kind = log::Table::Kind::kExpiring}}};
}

class KafkaLogTest : public testing::Test {
 protected:
  KafkaLogTest()
      : prefix_(KafkaBroker::Shared().UniquePrefix()),
        directory_(testing::TempDir() + "/" + prefix_ + std::to_string(getpid())) {}
  ~KafkaLogTest() override { std::filesystem::remove_all(directory_); }

  Options MakeOptions(std::string_view state = "state") const {
    Options options;
    options.bootstrap_servers = KafkaBroker::Shared().bootstrap();
    options.topic_prefix = prefix_;
    options.partitions = 2;
    options.state_directory = fmt::format("{}/{}", directory_, state);
    options.settle_after = absl::Milliseconds(100);
    return options;
  }

  std::unique_ptr<KafkaLog> MakeLog(const Options& options) {
    auto log = KafkaLog::Create(options, clock_);
    EXPECT_TRUE(log.ok()) << log.status();
    return *std::move(log);
  }

  std::unique_ptr<log::Worker> Open(KafkaLog& log, log::Partition partition = 0,
                                    std::vector<std::string>* loaded = nullptr) {
    const auto load = [loaded](std::string_view table, std::string_view key,
                               std::string_view value) {
      if (loaded != nullptr) loaded->push_back(fmt::format("{}/{}={}", table, key, value));
    };
    auto worker = log.OpenWorker(EchoSpec(), partition, load, {});
    EXPECT_TRUE(worker.ok()) << worker.status();
    return *std::move(worker);
  }

  static absl::Status Append(KafkaLog& log, std::string_view topic, std::string_view key,
                             std::string value) {
    auto appender = log.OpenAppender();
    if (!appender.ok()) return appender.status();
    absl::Status result;
    (*appender)->Append(topic, key, std::move(value),
                        [&](absl::Status status) { result = status; });
    appender->reset();  // Waits for the answer.
    return result;
  }

  // A key of the partition.
  static std::string KeyOf(log::Partition partition, log::Partition partitions = 2) {
    for (int i = 0;; ++i) {
      std::string key = fmt::format("key{}", i);
      if (log::PartitionOf(key, partitions) == partition) return key;
    }
  }

  static std::vector<log::Record> PollSome(log::Worker& worker) {
    auto records = worker.Poll({}, absl::Now() + kPatience);
    EXPECT_TRUE(records.ok()) << records.status();
    return *std::move(records);
  }

  std::vector<std::string> Values(std::string_view topic) const {
    std::vector<std::string> values;
    for (const auto& record :
         ReadCommitted(KafkaBroker::Shared().bootstrap(), prefix_ + std::string(topic))) {
      values.push_back(record.value);
    }
    return values;
  }

  base::SystemClock clock_;
  const std::string prefix_;
  const std::string directory_;
};

TEST_F(KafkaLogTest, CommitsAppendsStateAndPositionsTogether) {
  auto log = MakeLog(MakeOptions());
  auto worker = Open(*log);
  ASSERT_TRUE(Append(*log, log::kRawPages, KeyOf(0), "a").ok());
  std::vector<log::Record> records = PollSome(*worker);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].topic, log::kRawPages);
  EXPECT_EQ(records[0].value, "a");
  EXPECT_LT(absl::AbsDuration(absl::Now() - records[0].appended), absl::Minutes(1));
  log::Transaction transaction(&worker->state());
  ASSERT_TRUE(transaction.Emit(log::kDocuments, "k", "made of a").ok());
  transaction.Put("counts", "a", "1");
  ASSERT_TRUE(worker->Commit(std::move(transaction), records).ok());
  EXPECT_EQ(worker->state().Get("counts", "a"), "1");
  EXPECT_THAT(Values(log::kDocuments), ElementsAre("made of a"));

  worker.reset();
  std::vector<std::string> loaded;
  worker = Open(*log, 0, &loaded);
  EXPECT_THAT(loaded, ElementsAre("counts/a=1"));
  auto none = worker->Poll({}, absl::Now() + absl::Milliseconds(300));
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_THAT(*none, IsEmpty());
}

}  // namespace
}  // namespace sluice::kafka
