#include "tests/fakes/memory_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "pipeline/log/topics.h"

namespace sluice::fakes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const log::Spec kSpec = {
    .stage = "copy", .inputs = {"documents"}, .outputs = {"clean"}, .tables = {{.name = "seen"}}};

class MemoryLogTest : public testing::Test {
 protected:
  std::unique_ptr<log::Worker> Open() {
    auto worker = log_.OpenWorker(kSpec, 0, [](auto, auto, auto) {}, {});
    return worker.ok() ? *std::move(worker) : nullptr;
  }

  // One turn: copies what there is to the output and remembers it.
  absl::Status Turn(log::Worker& worker) {
    auto records = worker.Poll({}, absl::InfinitePast());
    if (!records.ok()) return records.status();
    log::Transaction transaction(&worker.state());
    for (const log::Record& record : *records) {
      if (auto status = transaction.Emit("clean", record.key, std::string(record.value));
          !status.ok()) {
        return status;
      }
      transaction.Put("seen", record.value, "yes");
    }
    return worker.Commit(std::move(transaction), *records);
  }

  std::vector<std::string> Clean() {
    std::vector<std::string> values;
    for (const MemoryLog::Kept& kept : log_.Records("clean")) values.push_back(kept.value);
    return values;
  }

  ManualClock clock_;
  MemoryLog log_{{}, clock_};
};

TEST_F(MemoryLogTest, LeavesAGapOfOffsetsAfterEachCommit) {
  log_.Append("documents", "", "a");
  log_.Append("documents", "", "b");
  const auto records = log_.Records("documents");
  ASSERT_EQ(records.size(), 2);
  EXPECT_EQ(records[0].offset, 0);
  EXPECT_EQ(records[1].offset, 2);
}

TEST_F(MemoryLogTest, AFailedCommitWithoutEffectLeavesNothing) {
  log_.Append("documents", "", "a");
  log_.FailCommit(1, absl::AbortedError("fenced"), MemoryLog::Effect::kNone);
  const auto before = log_.Dump();
  EXPECT_EQ(Turn(*Open()).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(log_.Dump(), before);
  EXPECT_EQ(log_.faults_fired(), 1);
  EXPECT_TRUE(Turn(*Open()).ok());
  EXPECT_THAT(Clean(), ElementsAre("a"));
}

TEST_F(MemoryLogTest, AFailedCommitWithEffectLeavesAll) {
  log_.Append("documents", "", "a");
  log_.FailCommit(1, absl::CancelledError("in doubt"), MemoryLog::Effect::kApplied);
  EXPECT_EQ(Turn(*Open()).code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(Clean(), ElementsAre("a"));
  EXPECT_TRUE(Turn(*Open()).ok());
  EXPECT_THAT(Clean(), ElementsAre("a"));
  EXPECT_EQ(log_.faults_fired(), 1);
}

TEST_F(MemoryLogTest, AKilledProcessDoesNothingMoreUntilRestart) {
  for (uint64_t step = 1; step <= 6; ++step) {  // Open, Poll, Commit: two each.
    MemoryLog log({}, clock_);
    log.Append("documents", "", "a");
    log.KillAtStep(step);
    const auto run = [&]() -> absl::Status {
      auto worker = log.OpenWorker(kSpec, 0, [](auto, auto, auto) {}, {});
      return worker.ok() ? Turn(**worker) : worker.status();
    };
    EXPECT_EQ(run().code(), absl::StatusCode::kCancelled) << step;
    EXPECT_TRUE(log.killed());
    EXPECT_EQ(log.Records("clean").size(), step == 6 ? 1 : 0) << step;
    EXPECT_EQ(run().code(), absl::StatusCode::kCancelled) << step;
    log.Restart();
    EXPECT_TRUE(run().ok());
    EXPECT_EQ(log.Records("clean").size(), 1);
    EXPECT_EQ(log.faults_fired(), 1);
  }
}

TEST_F(MemoryLogTest, APollWaitsForTheManualClock) {
  const auto worker = Open();
  const absl::Time deadline = clock_.Now() + absl::Seconds(1);
  const std::jthread mover([this] {
    for (int i = 0; i < 10; ++i) clock_.Advance(absl::Seconds(1));
  });
  const auto records = worker->Poll({}, deadline);
  ASSERT_TRUE(records.ok());
  EXPECT_THAT(*records, IsEmpty());
  EXPECT_GE(clock_.Now(), deadline);
}

TEST_F(MemoryLogTest, AnAppenderSaysWhenARecordIsNotKept) {
  const auto appender = *log_.OpenAppender();
  log_.FailAppend(2, absl::UnavailableError("no disk"));
  std::vector<absl::StatusCode> codes;
  for (int i = 0; i < 3; ++i) {
    appender->Append("documents", "", "x",
                     [&](absl::Status status) { codes.push_back(status.code()); });
  }
  EXPECT_THAT(codes, ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kUnavailable,
                                 absl::StatusCode::kOk));
  EXPECT_EQ(log_.Records("documents").size(), 2);
}

TEST_F(MemoryLogTest, LogTimeDoesNotFallWhenTheClockDoes) {
  log_.Append("documents", "", "a");
  clock_.Advance(-absl::Hours(1));
  log_.Append("documents", "", "b");
  const auto records = log_.Records("documents");
  EXPECT_EQ(records[0].appended, records[1].appended);
}

}  // namespace
}  // namespace sluice::fakes
