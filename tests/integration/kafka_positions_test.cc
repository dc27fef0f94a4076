// Where a shard goes on over a real broker, when it is not where it left off.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/kafka_admin.h"
#include "tests/integration/kafka_log_fixture.h"

namespace sluice::kafka {
namespace {

using integration::KafkaBroker;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class KafkaPositionsTest : public KafkaLogTest {
 protected:
  static std::vector<std::string> Values(const std::vector<log::Record>& records) {
    std::vector<std::string> values;
    for (const log::Record& record : records) values.emplace_back(record.value);
    return values;
  }

  // Opens a stage of its own with these tables; returns its rows.
  static std::vector<std::string> OpenTables(KafkaLog& log, const std::vector<std::string>& tables,
                                             std::unique_ptr<log::Worker>* opened = nullptr) {
    log::Spec spec{
        .stage = "tables", .inputs = {std::string(log::kRawPages)}, .outputs = {}, .tables = {}};
    for (const std::string& table : tables) spec.tables.push_back({.name = table});
    std::vector<std::string> rows;
    const auto load = [&](std::string_view table, std::string_view key, std::string_view value) {
      rows.push_back(fmt::format("{}/{}={}", table, key, value));
    };
    auto worker = log.OpenWorker(spec, 0, load, {});
    EXPECT_TRUE(worker.ok()) << worker.status();
    if (worker.ok() && opened != nullptr) *opened = *std::move(worker);
    return rows;
  }
};

TEST_F(KafkaPositionsTest, GoesOnFromTheOldestRecordAsAnOperatorIsTold) {
  auto log = MakeLog(MakeOptions());
  for (const char* value : {"0", "1", "2", "3"}) Append(*log, Key(), value);
  {
    auto worker = Open(*log);
    const std::vector<log::Record> records = PollSome(*worker);
    log::Transaction transaction(&worker->state());
    transaction.Put("counts", "a", "1");
    const absl::Status committed =
        worker->Commit(std::move(transaction), absl::MakeSpan(records).first(1));
    ASSERT_TRUE(committed.ok()) << committed;
  }
  const std::string& bootstrap = KafkaBroker::Shared().bootstrap();
  const absl::Status deleted =
      integration::DeleteRecordsBefore(bootstrap, Topic(log::kRawPages), 0, 2);
  ASSERT_TRUE(deleted.ok()) << deleted;
  const absl::Status status = Open(*log)->Poll({}, absl::Now() + kPatience).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(Message(status),
              HasSubstr(fmt::format("--bootstrap-server {} --group {}echo --topic {}:0 "
                                    "--reset-offsets --to-earliest --execute",
                                    bootstrap, prefix_, Topic(log::kRawPages))));

  const absl::Status moved =
      integration::MoveGroup(bootstrap, prefix_ + "echo", Topic(log::kRawPages), 0, 2);
  ASSERT_TRUE(moved.ok()) << moved;
  std::vector<std::string> loaded;
  auto worker = Open(*log, &loaded);
  EXPECT_THAT(loaded, ElementsAre("counts/a=1"));
  const std::vector<log::Record> records = PollSome(*worker);
  ASSERT_FALSE(records.empty());
  EXPECT_EQ(Values(records).front(), "2");
  const absl::Status committed = worker->Commit(log::Transaction(nullptr), records);
  EXPECT_TRUE(committed.ok()) << committed;
}

TEST_F(KafkaPositionsTest, KnowsHowFarEachChangelogWasReadWhateverTheOrderOfTables) {
  auto log = MakeLog(MakeOptions());
  std::unique_ptr<log::Worker> worker;
  OpenTables(*log, {"first", "second"}, &worker);
  for (const char* key : {"a", "b", "c"}) Put(*worker, "first", key, "1");
  Put(*worker, "second", "a", "1");
  worker.reset();
  OpenTables(*log, {"second", "first"});
  {
    auto other = MakeLog(MakeOptions("elsewhere"));
    OpenTables(*other, {"second", "first"}, &worker);
    for (const char* key : {"b", "c", "d", "e"}) Put(*worker, "second", key, "2");
    worker.reset();
  }
  EXPECT_THAT(OpenTables(*log, {"second", "first"}),
              ElementsAre("second/a=1", "second/b=2", "second/c=2", "second/d=2", "second/e=2",
                          "first/a=1", "first/b=1", "first/c=1"));
}

}  // namespace
}  // namespace sluice::kafka
