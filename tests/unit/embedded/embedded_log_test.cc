#include "pipeline/embedded/embedded_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <random>
#include <thread>

#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "tests/fakes/simulated_disk.h"
#include "tests/unit/embedded/embedded_fixture.h"

namespace sluice::embedded {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class EmbeddedLogTest : public EmbeddedFixture {
 protected:
  fakes::SimulatedDisk disk_{1};
};

TEST_F(EmbeddedLogTest, RefusesADirectoryInUseAndNamesIt) {
  Reopen();
  const absl::Status status = EmbeddedLog::Open(options_, clock_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(options_.directory));
}

TEST_F(EmbeddedLogTest, ReplicasAndAppendersWaitForTheDiskAndShardsDoNot) {
  options_.sync_interval = absl::Milliseconds(100);
  Reopen();
  const auto writer = Writer();
  const auto reader = Reader("documents");
  const auto replica = Replica("documents");
  const auto appender = *log_->OpenAppender();
  ASSERT_TRUE(Emit(*writer, "documents", "a").ok());
  int durable = 0;
  appender->Append("documents", "", "b",
                   [&](const absl::Status& status) { durable += status.ok() ? 1 : 100; });
  EXPECT_THAT(*Values(*reader), ElementsAre("a", "b"));
  EXPECT_THAT(*Values(*replica), IsEmpty());
  EXPECT_EQ(durable, 0);
  const absl::StatusOr<absl::Time> next = log_->Sync();
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(*next, clock_.Now() + absl::Milliseconds(100));
  EXPECT_THAT(*Values(*replica), ElementsAre("a", "b"));
  EXPECT_EQ(durable, 1);
}

TEST_F(EmbeddedLogTest, WithASyncACommitEverythingIsThereAtOnce) {
  Reopen();
  const auto writer = Writer();
  const auto replica = Replica("documents");
  ASSERT_TRUE(Emit(*writer, "documents", "a").ok());
  EXPECT_THAT(*Values(*replica), ElementsAre("a"));
  int durable = 0;
  (*log_->OpenAppender())->Append("documents", "", "b", [&](const absl::Status& status) {
    durable += status.ok();
  });
  EXPECT_EQ(durable, 1);
  EXPECT_EQ(*log_->Sync(), absl::InfiniteFuture());
}

TEST_F(EmbeddedLogTest, AnAppenderPushesBackAndIsAnsweredAtTheEnd) {
  options_.sync_interval = absl::Milliseconds(100);
  options_.unsynced_append_bytes_max = 3000;
  Reopen();
  const auto appender = *log_->OpenAppender();
  std::vector<absl::StatusCode> answers;
  const auto answer = [&](const absl::Status& status) { answers.push_back(status.code()); };
  for (int i = 0; i < 4; ++i) appender->Append("documents", "", std::string(1000, 'x'), answer);
  EXPECT_THAT(answers, ElementsAre(absl::StatusCode::kResourceExhausted));
  ASSERT_TRUE(log_->Sync().ok());
  EXPECT_EQ(answers.size(), 4);
  // One record is taken whatever its size.
  appender->Append("documents", "", std::string(5000, 'x'), answer);
  EXPECT_EQ(answers.size(), 4);
  log_.reset();
  EXPECT_EQ(answers.size(), 5);
  EXPECT_EQ(answers.back(), absl::StatusCode::kOk);
}

TEST_F(EmbeddedLogTest, LogTimeDoesNotFallOverARestartNorOverAnEmptyPartition) {
  Reopen();
  const absl::Time first = clock_.Now();
  ASSERT_TRUE(Emit(*Writer(), "documents", "a").ok());
  clock_.Advance(-absl::Hours(5));
  Reopen();
  ASSERT_TRUE(Emit(*Writer(), "documents", "b").ok());
  ASSERT_TRUE(log_->TrimTo("documents", 0, 2).ok());
  Reopen();
  ASSERT_TRUE(Emit(*Writer(), "documents", "c").ok());
  const auto reader = Reader("documents");
  const auto records = reader->Poll({}, absl::InfinitePast());
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->size(), 1);
  EXPECT_EQ((*records)[0].offset, 2);
  EXPECT_EQ((*records)[0].appended, first);
}

TEST_F(EmbeddedLogTest, SeveralInputsComeInTheOrderOfTheirTimes) {
  Reopen();
  const auto writer = Writer();
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(Emit(*writer, i % 3 == 0 ? "documents" : "sources", std::to_string(i)).ok());
    clock_.Advance(absl::Seconds(1));
  }
  const log::Spec spec{
      .stage = "both", .inputs = {"documents", "sources"}, .outputs = {}, .tables = {}};
  const auto both = log_->OpenWorker(spec, 0, [](auto, auto, auto) {}, {});
  ASSERT_TRUE(both.ok());
  EXPECT_THAT(*Values(**both, {.records_max = 4}), ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(*Values(**both), ElementsAre("4", "5"));
}

TEST_F(EmbeddedLogTest, ManyWritersKeepEachPartitionWhole) {
  for (const absl::Duration interval : {absl::ZeroDuration(), absl::Milliseconds(100)}) {
    options_.sync_interval = interval;
    Reopen();
    constexpr int kWriters = 4;
    constexpr int kCommits = 50;
    {
      std::vector<std::jthread> threads;
      for (int w = 0; w < kWriters; ++w) {
        threads.emplace_back([this, w] {
          const log::Spec spec{.stage = fmt::format("writer{}", w),
                               .inputs = {},
                               .outputs = {"documents"},
                               .tables = {}};
          const auto writer = log_->OpenWorker(spec, 0, [](auto, auto, auto) {}, {});
          ASSERT_TRUE(writer.ok());
          for (int i = 0; i < kCommits; ++i)
            ASSERT_TRUE(Emit(**writer, "documents", fmt::format("{} {}", w, i), 0, 3).ok());
        });
      }
    }
    ASSERT_TRUE(log_->Sync().ok());
    const auto values = Values(*Replica("documents"), {.records_max = 100'000});
    ASSERT_EQ(values->size(), kWriters * kCommits * 3);
    std::vector<int> next(kWriters);
    for (size_t i = 0; i < values->size(); i += 3) {
      const int w = values->at(i)[0] - '0';
      const std::string expected = fmt::format("{} {}", w, next[w]++);
      for (size_t j = 0; j < 3; ++j) ASSERT_EQ(values->at(i + j), expected);
    }
    log_.reset();
    std::filesystem::remove_all(options_.directory);
  }
}

TEST_F(EmbeddedLogTest, AFullDiskStopsLoudlyAndLosesNothing) {
  options_.env = disk_.env();
  Reopen();
  disk_.FillUpAfter(300'000);
  int kept = 0;
  {
    const auto writer = Writer();
    const auto reader = Reader("documents");
    const auto replica = Replica("documents");
    absl::Status status;
    for (; kept < 1000; ++kept) {
      status = Emit(*writer, "documents", fmt::format("{} {}", kept, std::string(10'000, 'x')));
      if (!status.ok()) break;
    }
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("disk is full"));
    EXPECT_THAT(std::string(status.message()), HasSubstr(options_.directory));
    EXPECT_GE(disk_.faults(), 1);
    EXPECT_GT(kept, 3);
    disk_.EndFaults();  // Too late: the process is to end.
    EXPECT_EQ(Emit(*writer, "documents", "no").code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(reader->Poll({}, absl::InfiniteFuture()).status().code(),
              absl::StatusCode::kDataLoss);
    EXPECT_EQ(replica->Commit(log::Transaction(nullptr), {}).code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(log_->OpenAppender().status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(log_->health().code(), absl::StatusCode::kDataLoss);
  }
  Reopen();
  const auto values = Values(*Reader("documents"), {.records_max = 100'000, .bytes_max = 1 << 30});
  ASSERT_TRUE(values.ok()) << values.status();
  ASSERT_EQ(values->size(), kept);
  for (int i = 0; i < kept; ++i) EXPECT_TRUE(values->at(i).starts_with(fmt::format("{} ", i)));
  EXPECT_TRUE(Emit(*Writer(), "documents", "on").ok());
}

TEST_F(EmbeddedLogTest, ASyncThatFailsEndsTheLogAndTellsWhoWaits) {
  options_.env = disk_.env();
  options_.sync_interval = absl::Milliseconds(100);
  Reopen();
  const auto appender = *log_->OpenAppender();
  const auto replica = Replica("documents");
  absl::Status answer;
  appender->Append("documents", "", "a", [&](const absl::Status& status) { answer = status; });
  disk_.FailAt(fakes::SimulatedDisk::Operation::kSync, "", 1, fakes::SimulatedDisk::Fault::kError);
  EXPECT_EQ(log_->Sync().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(answer.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(disk_.faults(), 1);
  EXPECT_EQ(Values(*replica).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(EmbeddedLogTest, ADiskThatCannotBeReadIsNotTakenForDamage) {
  options_.env = disk_.env();
  Reopen();
  std::mt19937_64 random(1);
  std::string value(1 << 20, ' ');
  for (char& byte : value) byte = static_cast<char>(random());
  ASSERT_TRUE(Emit(*Writer(), "documents", value, 0, 4).ok());
  Reopen();
  const auto reader = Reader("documents");
  disk_.FailAt(fakes::SimulatedDisk::Operation::kRead, ".sst", 1,
               fakes::SimulatedDisk::Fault::kError, 1000);
  const absl::Status status = Values(*reader).status();
  EXPECT_GE(disk_.faults(), 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the test's disk fails"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("record 0 of documents.0"));
}

TEST_F(EmbeddedLogTest, DamageIsToldAndNothingIsHandedOut) {
  const std::pair<std::string, std::string> cases[] = {{"documents", ".sst"},
                                                       {"raw-pages", ".blob"}};
  for (const auto& [topic, extension] : cases) {
    SCOPED_TRACE(topic);
    std::filesystem::remove_all(options_.directory);
    Reopen();
    std::mt19937_64 random(7);
    std::string value(10'000, ' ');
    for (char& c : value) c = static_cast<char>(random());
    {
      const auto writer = Writer();
      for (int i = 0; i < 40; ++i) ASSERT_TRUE(Emit(*writer, topic, value, 0, 50).ok());
    }
    log_.reset();
    int damaged = 0;
    for (const auto& file : std::filesystem::directory_iterator(options_.directory + "/rocksdb")) {
      if (file.path().extension() != extension || file.file_size() < 50'000) continue;
      std::FILE* bytes = std::fopen(file.path().c_str(), "r+");
      ASSERT_NE(bytes, nullptr);
      std::fseek(bytes, 1000, SEEK_SET);
      std::fputs("this is not what was written", bytes);
      std::fclose(bytes);
      ++damaged;
    }
    ASSERT_GT(damaged, 0);
    Reopen();
    {
      const auto reader = Reader(topic);
      absl::Status status;
      for (int i = 0; i < 100 && status.ok(); ++i) status = Values(*reader).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr(options_.directory));
    }
    EXPECT_EQ(log_->OpenAppender().status().code(), absl::StatusCode::kDataLoss);
    log_.reset();
  }
}

}  // namespace
}  // namespace sluice::embedded
