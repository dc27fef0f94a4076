// The Log over a real broker: what the contract suite, which knows no broker, does not reach.
#include "pipeline/kafka/kafka_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "pipeline/base/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "tests/integration/kafka_admin.h"
#include "tests/integration/kafka_broker.h"
#include "tests/integration/kafka_log_fixture.h"
#include "tests/integration/kafka_reader.h"
#include "tests/support/temporary_directory.h"

namespace sluice::kafka {
namespace {

using integration::KafkaBroker;
using integration::ReadCommitted;
using integration::SeenRecord;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

TEST_F(KafkaLogTest, WritesWhatAStrangerReadsStampedByTheBroker) {
  auto log = MakeLog(MakeOptions());
  auto worker = Open(*log);
  Append(*log, Key(), "a");
  const std::vector<log::Record> records = PollSome(*worker);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].value, "a");
  log::Transaction transaction(&worker->state());
  ASSERT_TRUE(transaction.Emit(log::kDocuments, "k", "made of a").ok());
  transaction.Put("counts", "a", "1");
  transaction.Erase("counts", "b");
  ASSERT_TRUE(worker->Commit(std::move(transaction), records).ok());
  const std::vector<SeenRecord> documents = Read(log::kDocuments);
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].value, "made of a");
  EXPECT_TRUE(documents[0].broker_time);
  const std::vector<SeenRecord> rows = Read("echo-state.counts");
  EXPECT_THAT(rows, ElementsAre(Field(&SeenRecord::key, "a"), Field(&SeenRecord::key, "b")));
  EXPECT_THAT(Read("echo-state.times"), IsEmpty());
}

TEST_F(KafkaLogTest, RestoresTablesFromTheBrokersWhereTheLocalCopyIsGone) {
  const auto at = [](int64_t seconds) {
    return log::ExpiringKey(absl::FromUnixSeconds(1760000000 + seconds), "x");
  };
  {
    auto log = MakeLog(MakeOptions());
    auto worker = Open(*log);
    for (int i = 0; i < 20; ++i) Put(*worker, "counts", std::to_string(i % 5), std::to_string(i));
    log::Transaction transaction(&worker->state());
    transaction.Erase("counts", "3");
    transaction.Put("counts", "empty", "");
    for (int i = 0; i < 10; ++i) transaction.Put("times", at(i), std::to_string(i));
    ASSERT_TRUE(worker->Commit(std::move(transaction), {}).ok());
    log::Transaction expiry(&worker->state());
    expiry.ExpireBefore("times", absl::FromUnixSeconds(1760000000 + 8));
    ASSERT_TRUE(worker->Commit(std::move(expiry), {}).ok());
    Put(*worker, "times", at(2), "late");
  }
  std::vector<std::string> kept;
  std::vector<std::string> restored;
  {
    auto log = MakeLog(MakeOptions());
    Open(*log, &kept);
  }
  std::vector<std::string> told;
  Options options = MakeOptions("another machine's");
  auto log = MakeLog(options);
  auto worker = Open(*log, &restored);
  EXPECT_THAT(restored, ElementsAre("counts/0=15", "counts/1=16", "counts/2=17", "counts/4=19",
                                    "counts/empty=", "times/" + at(2) + "=late",
                                    "times/" + at(8) + "=8", "times/" + at(9) + "=9"));
  EXPECT_EQ(kept, restored);
}

TEST_F(KafkaLogTest, BringsALocalCopyThatFellBehindUpToDate) {
  {
    auto log = MakeLog(MakeOptions());
    Put(*Open(*log), "counts", "a", "1");
  }
  {
    auto log = MakeLog(MakeOptions("elsewhere"));
    auto worker = Open(*log);
    Put(*worker, "counts", "a", "2");
    Put(*worker, "counts", "b", "2");
  }
  auto log = MakeLog(MakeOptions());
  std::vector<std::string> loaded;
  Open(*log, &loaded);
  EXPECT_THAT(loaded, ElementsAre("counts/a=2", "counts/b=2"));
}

TEST_F(KafkaLogTest, ForgetsALocalCopyOfAnotherCluster) {
  {
    auto log = MakeLog(MakeOptions());
    Put(*Open(*log), "counts", "a", "of the first cluster");
  }
  auto other = KafkaBroker::Start();
  ASSERT_TRUE(other.ok()) << other.status();
  Options options = MakeOptions();
  options.bootstrap_servers = (*other)->bootstrap();
  auto log = MakeLog(options);
  std::vector<std::string> loaded;
  Open(*log, &loaded);
  EXPECT_THAT(loaded, IsEmpty());
}

TEST_F(KafkaLogTest, StepsOverControlRecordsWhenNothingElseComes) {
  auto log = MakeLog(MakeOptions());
  log::Spec source{
      .stage = "source", .inputs = {}, .outputs = {std::string(log::kRawPages)}, .tables = {}};
  auto producer = log->OpenWorker(source, 0, [](auto, auto, auto) {}, {});
  ASSERT_TRUE(producer.ok()) << producer.status();
  auto worker = Open(*log);
  for (int i = 0; i < 3; ++i) {
    log::Transaction transaction(nullptr);
    ASSERT_TRUE(transaction.EmitTo(log::kRawPages, 0, "k", "v").ok());
    ASSERT_TRUE((*producer)->Commit(std::move(transaction), {}).ok());
    const std::vector<log::Record> records = PollSome(*worker);
    ASSERT_EQ(records.size(), 1U);
    ASSERT_TRUE(worker->Commit(log::Transaction(nullptr), records).ok());
  }
  const auto unread = [](KafkaLog& by) {
    const auto backlogs = by.Backlogs(EchoSpec());
    EXPECT_TRUE(backlogs.ok()) << backlogs.status();
    uint64_t records = 0;
    for (const log::Backlog& backlog : *backlogs) records += backlog.records;
    return records;
  };
  PollUntil(*worker, [&] { return unread(*log) == 0; });
  EXPECT_EQ(worker->position().lag_records, 0U);
  // And so does another process see it, which knows only what the brokers say.
  auto stranger = MakeLog(MakeOptions("stranger"));
  PollUntil(*worker, [&] { return unread(*stranger) == 0; });
}

TEST_F(KafkaLogTest, GoesOnFromTheLocalCopyWhereCommittedOffsetsHaveExpired) {
  auto log = MakeLog(MakeOptions());
  auto worker = Open(*log);
  for (const std::string value : {"a", "b"}) Append(*log, Key(), value);
  size_t taken = 0;
  while (taken < 2) {
    const std::vector<log::Record> records = PollSome(*worker);
    ASSERT_TRUE(worker->Commit(log::Transaction(nullptr), records).ok());
    taken += records.size();
  }
  Put(*worker, "counts", "a", "1");
  worker.reset();
  const absl::Status deleted =
      integration::DeleteGroup(KafkaBroker::Shared().bootstrap(), prefix_ + "echo");
  ASSERT_TRUE(deleted.ok()) << deleted;
  Append(*log, Key(), "c");
  worker = Open(*log);
  EXPECT_EQ(worker->state().Get("counts", "a"), "1");
  const std::vector<log::Record> records = PollSome(*worker);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].value, "c");
  EXPECT_TRUE(worker->Commit(log::Transaction(nullptr), records).ok());
}

TEST_F(KafkaLogTest, SaysThatTheBrokerIsAwayAndWhy) {
  Options options = MakeOptions();
  options.bootstrap_servers = "127.0.0.1:9";  // The discard port: nobody listens.
  options.open_wait_max = absl::Milliseconds(300);
  absl::Mutex mutex;
  std::vector<std::string> told;
  options.on_waiting = [&](std::string_view who, std::string_view why) {
    const absl::MutexLock lock(&mutex);
    told.push_back(fmt::format("{}: {}", who, why));
  };
  auto log = MakeLog(options);
  const absl::Status status = OpenStatus(*log);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Message(status), HasSubstr("127.0.0.1:9"));
  EXPECT_EQ(log->Backlogs(EchoSpec()).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(log->OpenAppender().status().code(), absl::StatusCode::kUnavailable);
  const absl::MutexLock lock(&mutex);
  EXPECT_THAT(told, Contains(HasSubstr("echo.0: ")));
}

TEST_F(KafkaLogTest, AStopEndsAnOpenThatWaitsForTheBroker) {
  Options options = MakeOptions();
  options.bootstrap_servers = "127.0.0.1:9";
  options.open_wait_max = absl::InfiniteDuration();
  std::stop_source stop;
  options.on_waiting = [&](std::string_view, std::string_view) { stop.request_stop(); };
  auto log = MakeLog(options);
  EXPECT_EQ(log->OpenWorker(
                   EchoSpec(), 0, [](auto, auto, auto) {}, stop.get_token())
                .status()
                .code(),
            absl::StatusCode::kCancelled);
}

TEST_F(KafkaLogTest, HoldsAppendsBackWhileTooMuchIsOnItsWay) {
  Options options = MakeOptions();
  options.appender_bytes_max = 100 << 10;
  auto log = MakeLog(options);
  auto appender = log->OpenAppender();
  ASSERT_TRUE(appender.ok()) << appender.status();
  ASSERT_TRUE(KafkaBroker::Shared().Pause().ok());
  absl::Mutex mutex;
  std::vector<absl::Status> answers;
  const auto listen = [&](absl::Status status) {
    const absl::MutexLock lock(&mutex);
    answers.push_back(std::move(status));
  };
  for (int i = 0; i < 20; ++i) {
    (*appender)->Append(log::kRawPages, "k", std::string(10 << 10, 'x'), listen);
  }
  {
    const absl::MutexLock lock(&mutex);
    EXPECT_EQ(answers.size(), 11U);
    for (const absl::Status& status : answers) {
      EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    }
  }
  ASSERT_TRUE(KafkaBroker::Shared().Resume().ok());
  appender->reset();
  EXPECT_EQ(answers.size(), 20U);
  EXPECT_EQ(std::ranges::count_if(answers, [](const absl::Status& status) { return status.ok(); }),
            9);
  EXPECT_EQ(Read(log::kRawPages).size(), 9U);
}

TEST_F(KafkaLogTest, TellsThatARecordWasNotKeptInTime) {
  Options options = MakeOptions();
  options.append_wait_max = absl::Seconds(1);
  auto log = MakeLog(options);
  auto appender = log->OpenAppender();
  ASSERT_TRUE(appender.ok()) << appender.status();
  ASSERT_TRUE(KafkaBroker::Shared().Pause().ok());
  const auto append = [&] {
    absl::Status answer;
    absl::Notification answered;
    (*appender)->Append(log::kRawPages, "k", "v", [&](absl::Status status) {
      answer = std::move(status);
      answered.Notify();
    });
    answered.WaitForNotification();
    return answer;
  };
  const absl::Time before = absl::Now();
  const absl::Status answer = append();
  ASSERT_TRUE(KafkaBroker::Shared().Resume().ok());
  EXPECT_EQ(answer.code(), absl::StatusCode::kUnavailable) << answer;
  EXPECT_LT(absl::Now() - before, absl::Minutes(1));
  EXPECT_TRUE(append().ok());
}

TEST_F(KafkaLogTest, TakesTheLargestRecordsBesideSmallOnes) {
  auto log = MakeLog(MakeOptions());
  auto worker = Open(*log);
  log::Transaction transaction(nullptr);
  uint64_t state = 1;
  for (int i = 0; i < 12; ++i) {
    // Bytes that no codec makes smaller.
    std::string value(i % 3 == 0 ? 900 << 10 : log::Transaction::kRecordBytesMax - 1, '\0');
    for (char& byte : value) {
      state = state * 6364136223846793005 + 1442695040888963407;
      byte = static_cast<char>(state >> 56);
    }
    ASSERT_TRUE(transaction.Emit(log::kDocuments, "k", std::move(value)).ok());
  }
  ASSERT_TRUE(worker->Commit(std::move(transaction), {}).ok());
  EXPECT_EQ(Read(log::kDocuments).size(), 12U);
}

}  // namespace
}  // namespace sluice::kafka
