// Readers that are no shards: replicas, appenders, backlogs; and what retention does to readers.
#include <condition_variable>
#include <mutex>

#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "tests/contract/log_contract.h"

namespace sluice::contract {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

log::Spec ReplicaSpec(std::string stage = "view") {
  return {.stage = std::move(stage),
          .inputs = {"deduped", "clean"},
          .outputs = {},
          .tables = {{.name = "items"}}};
}

TEST_P(LogContract, AReplicaReadsAllPartitionsAndGoesOnWhereItWas) {
  for (log::Partition p = 0; p < 4; ++p) ProduceTo("deduped", p, fmt::format("part {}", p));
  auto replica = OpenReplica(ReplicaSpec());
  const Taken taken = Take(*replica, 4);
  EXPECT_THAT(Values(taken.entries), UnorderedElementsAre("part 0", "part 1", "part 2", "part 3"));
  log::Transaction transaction(&replica->state());
  transaction.Put("items", "k", "v");
  ASSERT_TRUE(CommitAll(*replica, std::move(transaction), taken).ok());
  replica.reset();
  Reopen();
  ProduceTo("clean", 0, "next");
  std::vector<LoadedRow> loaded;
  replica = OpenReplica(ReplicaSpec(), &loaded);
  EXPECT_THAT(loaded, ElementsAre(LoadedRow{"items", "k", "v"}));
  EXPECT_THAT(Values(Take(*replica, 1).entries), ElementsAre("next"));
  ExpectNothingMore(*replica, "deduped");
}

TEST_P(LogContract, AReplicaMayNotEmitAndGoesOn) {
  log::Spec spec = ReplicaSpec();
  spec.outputs = {"documents"};
  const auto replica = OpenReplica(spec);
  log::Transaction transaction(&replica->state());
  ASSERT_TRUE(transaction.Emit("documents", "", "no").ok());
  EXPECT_EQ(replica->Commit(std::move(transaction), {}).code(), absl::StatusCode::kInvalidArgument);
  log::Transaction right(&replica->state());
  right.Put("items", "k", "v");
  EXPECT_TRUE(replica->Commit(std::move(right), {}).ok());
  EXPECT_THAT(ReadAll("documents"), IsEmpty());
}

TEST_P(LogContract, AReplicaFencesNobody) {
  const auto worker = Open(ReplicaSpec());
  const auto replica = OpenReplica(ReplicaSpec());
  const auto other = OpenReplica(ReplicaSpec("other-view"));
  for (log::Worker* each : {worker.get(), replica.get(), other.get()}) {
    log::Transaction transaction(&each->state());
    transaction.Put("items", "mine", "yes");
    EXPECT_TRUE(each->Commit(std::move(transaction), {}).ok());
  }
}

TEST_P(LogContract, RetentionBelowAWorkersPositionIsAnErrorAndNeverAJump) {
  for (int i = 0; i < 5; ++i) ProduceTo("crawl-targets", 0, std::to_string(i));
  auto worker = Open(CopySpec());
  const Taken taken = Take(*worker, 3);
  ASSERT_TRUE(
      worker->Commit(log::Transaction(&worker->state()), absl::MakeSpan(taken.records).first(1))
          .ok());
  worker.reset();
  if (!harness().Trim("crawl-targets", 0, taken.entries[2].offset))
    GTEST_SKIP() << "cannot be trimmed";
  for (int i = 0; i < 2; ++i) {
    worker = Open(CopySpec());
    absl::Status status;
    // A log may find out late, but hands out nothing that follows the hole.
    while (status.ok()) {
      const auto records = worker->Poll({}, Patience());
      status = records.status();
      if (records.ok()) {
        ASSERT_THAT(*records, IsEmpty());
      }
    }
    EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("crawl-targets"));
    EXPECT_THAT(std::string(status.message()), HasSubstr(std::to_string(taken.entries[2].offset)));
    worker.reset();
    if (i == 0) Reopen();
  }
}

TEST_P(LogContract, ANewWorkerBeginsWithTheOldestRecordThatIsLeft) {
  for (int i = 0; i < 3; ++i) ProduceTo("crawl-targets", 0, std::to_string(i));
  auto worker = Open(CopySpec());
  const uint64_t last = Take(*worker, 3).entries[2].offset;
  worker.reset();
  if (!harness().Trim("crawl-targets", 0, last)) GTEST_SKIP() << "cannot be trimmed";
  worker = Open(CopySpec());
  EXPECT_THAT(Values(Take(*worker, 1).entries), ElementsAre("2"));
}

TEST_P(LogContract, AReplicaThatRetentionHasPassedStartsOver) {
  for (int i = 0; i < 5; ++i) ProduceTo("clean", 0, std::to_string(i));
  auto replica = OpenReplica(ReplicaSpec());
  const Taken taken = Take(*replica, 4);
  log::Transaction transaction(&replica->state());
  transaction.Put("items", "old", "row");
  ASSERT_TRUE(replica->Commit(std::move(transaction), absl::MakeSpan(taken.records).first(1)).ok());
  replica.reset();
  if (!harness().Trim("clean", 0, taken.entries[3].offset)) GTEST_SKIP() << "cannot be trimmed";
  std::vector<LoadedRow> loaded;
  replica = OpenReplica(ReplicaSpec(), &loaded);
  EXPECT_THAT(loaded, IsEmpty());
  EXPECT_EQ(replica->state().Get("items", "old"), std::nullopt);
  EXPECT_THAT(Values(Take(*replica, 2).entries), ElementsAre("3", "4"));
}

// Statuses that an appender gave, in the order of their arrival.
class Answers {
 public:
  auto Listen() {
    return [this](absl::Status status) {
      const std::lock_guard lock(mutex_);
      statuses_.push_back(std::move(status));
      changed_.notify_all();
    };
  }
  std::vector<absl::Status> Await(size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(60),
                                  [&] { return statuses_.size() >= count; }));
    return statuses_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<absl::Status> statuses_;
};

TEST_P(LogContract, AnAppenderSaysWhenItsRecordsAreKept) {
  Answers answers;
  auto opened = log().OpenAppender();
  ASSERT_TRUE(opened.ok()) << opened.status();
  std::unique_ptr<log::Appender> appender = *std::move(opened);
  for (int i = 0; i < 20; ++i) {
    appender->Append("crawl-targets", fmt::format("host{}", i), std::to_string(i),
                     answers.Listen());
  }
  for (const absl::Status& status : answers.Await(20)) EXPECT_TRUE(status.ok()) << status;
  appender.reset();
  Reopen();
  std::vector<std::string> expected;
  for (int i = 0; i < 20; ++i) expected.push_back(std::to_string(i));
  const std::vector<Entry> kept = ReadAll("crawl-targets");
  EXPECT_THAT(Values(kept), testing::UnorderedElementsAreArray(expected));
  for (const Entry& entry : kept) EXPECT_EQ(entry.partition, log::PartitionOf(entry.key, 4));
}

TEST_P(LogContract, AnAppenderRefusesWhatNoLogTakes) {
  Answers answers;
  const auto appender = log().OpenAppender();
  ASSERT_TRUE(appender.ok()) << appender.status();
  (*appender)->Append("crawl-targets", "k", std::string(log::Transaction::kRecordBytesMax, 'x'),
                      answers.Listen());
  (*appender)->Append("nowhere", "k", "v", answers.Listen());
  for (const absl::Status& status : answers.Await(2)) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  }
  EXPECT_THAT(ReadAll("crawl-targets"), IsEmpty());
}

TEST_P(LogContract, BacklogsTellWhatAStageHasNotConsumed) {
  for (int i = 0; i < 5; ++i) ProduceTo("crawl-targets", 1, std::string(100, 'x'));
  const auto backlog = [this](std::string_view topic, log::Partition partition) {
    const auto all = log().Backlogs(CopySpec());
    EXPECT_TRUE(all.ok()) << all.status();
    EXPECT_EQ(all->size(), 5);  // Four of crawl-targets, one of sources.
    for (const log::Backlog& each : *all) {
      if (each.topic == topic && each.partition == partition) return each;
    }
    ADD_FAILURE() << topic << partition;
    return log::Backlog();
  };
  EXPECT_GE(backlog("crawl-targets", 1).records, 5);
  EXPECT_GT(backlog("crawl-targets", 1).bytes, 0);
  EXPECT_EQ(backlog("crawl-targets", 0).records, 0);
  EXPECT_EQ(backlog("crawl-targets", 0).age, absl::ZeroDuration());
  const auto worker = Open(CopySpec(), 1);
  EXPECT_GE(worker->position().lag_records, 5);
  const Taken taken = Take(*worker, 5);
  EXPECT_GE(backlog("crawl-targets", 1).records, 5);
  ASSERT_TRUE(CommitAll(*worker, log::Transaction(&worker->state()), taken).ok());
  EXPECT_LE(backlog("crawl-targets", 1).records, 1);  // A gap counts.
  EXPECT_EQ(backlog("crawl-targets", 1).age, absl::ZeroDuration());
  EXPECT_LE(worker->position().lag_records, 1);
  EXPECT_EQ(worker->position().lag_age, absl::ZeroDuration());
}

TEST_P(LogContract, TheAgeOfABacklogIsThatOfItsOldestRecord) {
  ProduceTo("crawl-targets", 0, "old");
  harness().PassTime(absl::Seconds(10));
  ProduceTo("crawl-targets", 0, "young");
  harness().PassTime(absl::Seconds(10));
  const auto worker = Open(CopySpec());
  const absl::Duration before = worker->position().lag_age;
  EXPECT_GT(before, absl::ZeroDuration());
  const Taken taken = Take(*worker, 1);
  ASSERT_TRUE(CommitAll(*worker, log::Transaction(&worker->state()), taken).ok());
  EXPECT_GT(worker->position().lag_age, absl::ZeroDuration());
  EXPECT_GE(harness().clock().Now() - taken.entries[0].appended, before);
}

}  // namespace
}  // namespace sluice::contract
