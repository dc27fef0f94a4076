// What a commit does, all at once or not at all, and what a restart finds.
#include <atomic>
#include <thread>

#include "pipeline/base/strings.h"
#include "tests/contract/log_contract.h"

namespace sluice::contract {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_P(LogContract, ACommitKeepsAppendsRowsAndPositionOverARestart) {
  for (const std::string value : {"a", "b", "c"}) ProduceTo("crawl-targets", 0, value);
  auto worker = Open(CopySpec());
  const Taken taken = Take(*worker, 3);
  log::Transaction transaction(&worker->state());
  ASSERT_TRUE(transaction.Emit("documents", "k", "one").ok());
  ASSERT_TRUE(transaction.Emit("clean", "k", "two").ok());
  transaction.Put("seen", "k", "three");
  ASSERT_TRUE(worker->Commit(std::move(transaction), absl::MakeSpan(taken.records).first(2)).ok());
  EXPECT_EQ(worker->state().Get("seen", "k"), "three");
  worker.reset();
  Reopen();
  EXPECT_THAT(Values(ReadAll("documents")), ElementsAre("one"));
  EXPECT_THAT(Values(ReadAll("clean")), ElementsAre("two"));
  worker = Open(CopySpec());
  EXPECT_EQ(worker->state().Get("seen", "k"), "three");
  EXPECT_THAT(Values(Take(*worker, 1).entries), ElementsAre("c"));
  ExpectNothingMore(*worker, "crawl-targets");
}

TEST_P(LogContract, WhatWasPolledAndNotCommittedComesAgain) {
  for (const std::string value : {"a", "b"}) ProduceTo("crawl-targets", 0, value);
  auto worker = Open(CopySpec());
  Take(*worker, 2);
  worker.reset();
  worker = Open(CopySpec());
  EXPECT_THAT(Values(Take(*worker, 2).entries), ElementsAre("a", "b"));
}

TEST_P(LogContract, CommitsMayFollowSeveralPollsAndConsumeInParts) {
  for (int i = 0; i < 6; ++i) ProduceTo("crawl-targets", 0, std::to_string(i));
  auto worker = Open(CopySpec());
  Taken taken = Take(*worker, 6, {.records_max = 2, .bytes_max = 1 << 20});
  const auto part = [&](size_t from, size_t count) {
    log::Transaction transaction(&worker->state());
    transaction.Put("seen", "upto", std::to_string(from + count));
    return worker->Commit(std::move(transaction),
                          absl::MakeSpan(taken.records).subspan(from, count));
  };
  ASSERT_TRUE(part(0, 1).ok());
  ASSERT_TRUE(part(1, 0).ok());
  ASSERT_TRUE(part(1, 3).ok());
  worker.reset();
  worker = Open(CopySpec());
  EXPECT_EQ(worker->state().Get("seen", "upto"), "4");
  EXPECT_THAT(Values(Take(*worker, 2).entries), ElementsAre("4", "5"));
}

TEST_P(LogContract, ACommitMayConsumeNothing) {
  auto worker = Open(CopySpec());
  for (int i = 0; i < 3; ++i) {
    log::Transaction transaction(&worker->state());
    ASSERT_TRUE(transaction.Emit("documents", "", std::to_string(i)).ok());
    transaction.Put("seen", "timer", std::to_string(i));
    ASSERT_TRUE(worker->Commit(std::move(transaction), {}).ok());
  }
  ASSERT_TRUE(worker->Commit(log::Transaction(&worker->state()), {}).ok());
  worker.reset();
  Reopen();
  worker = Open(CopySpec());
  EXPECT_EQ(worker->state().Get("seen", "timer"), "2");
  EXPECT_THAT(Values(ReadAll("documents")), ElementsAre("0", "1", "2"));
}

TEST_P(LogContract, WhatWasRolledBackLeavesNoTrace) {
  auto worker = Open(CopySpec());
  log::Transaction transaction(&worker->state());
  ASSERT_TRUE(transaction.Emit("documents", "", "kept").ok());
  transaction.Put("seen", "k", "kept");
  const log::Transaction::Savepoint savepoint = transaction.Save();
  ASSERT_TRUE(transaction.Emit("documents", "", "undone").ok());
  transaction.Put("seen", "k", "undone");
  transaction.Erase("seen", "k");
  transaction.RollBack(savepoint);
  ASSERT_TRUE(worker->Commit(std::move(transaction), {}).ok());
  EXPECT_EQ(worker->state().Get("seen", "k"), "kept");
  EXPECT_THAT(Values(ReadAll("documents")), ElementsAre("kept"));
}

TEST_P(LogContract, AFencedTwinLeavesNoTrace) {
  for (const std::string value : {"a", "b"}) ProduceTo("crawl-targets", 0, value);
  auto old = Open(CopySpec());
  const Taken taken = Take(*old, 2);
  auto opened = harness().twin().OpenWorker(CopySpec(), 0, [](auto, auto, auto) {}, {});
  ASSERT_TRUE(opened.ok()) << opened.status();
  const auto twin = *std::move(opened);

  log::Transaction transaction(&old->state());
  ASSERT_TRUE(transaction.Emit("documents", "", "of the old one").ok());
  transaction.Put("seen", "k", "of the old one");
  EXPECT_EQ(CommitAll(*old, std::move(transaction), taken).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(old->Commit(log::Transaction(&old->state()), {}).code(), absl::StatusCode::kAborted);
  old.reset();

  EXPECT_EQ(twin->state().Get("seen", "k"), std::nullopt);
  const Taken again = Take(*twin, 2);
  EXPECT_THAT(Values(again.entries), ElementsAre("a", "b"));
  log::Transaction other(&twin->state());
  ASSERT_TRUE(other.Emit("documents", "", "of the twin").ok());
  ASSERT_TRUE(CommitAll(*twin, std::move(other), again).ok());
  EXPECT_THAT(Values(ReadAll("documents")), ElementsAre("of the twin"));
}

TEST_P(LogContract, OtherShardsAreNotFenced) {
  auto zero = Open(CopySpec(), 0);
  const auto one = Open(CopySpec(), 1);
  EXPECT_TRUE(zero->Commit(log::Transaction(&zero->state()), {}).ok());
  log::Spec other = CopySpec();
  other.stage = "other";
  const auto of_other = Open(other, 0);
  EXPECT_TRUE(zero->Commit(log::Transaction(&zero->state()), {}).ok());
  EXPECT_TRUE(one->Commit(log::Transaction(&one->state()), {}).ok());
}

TEST_P(LogContract, ACommitInDoubtIsSettledEitherWayByTheNextOpen) {
  for (const bool applied : {false, true}) {
    SCOPED_TRACE(applied);
    const std::string value = applied ? "applied" : "not applied";
    ProduceTo("crawl-targets", 0, value);
    auto worker = Open(CopySpec());
    const Taken taken = Take(*worker, 1);
    log::Transaction transaction(&worker->state());
    ASSERT_TRUE(transaction.Emit("documents", "", value).ok());
    transaction.Put("seen", value, "first");
    const uint64_t fired = harness().faults_fired();
    if (!harness().FailNextCommit(applied)) GTEST_SKIP() << "no commit can be left in doubt";
    EXPECT_EQ(CommitAll(*worker, std::move(transaction), taken).code(),
              absl::StatusCode::kCancelled);
    EXPECT_EQ(harness().faults_fired(), fired + 1);
    worker.reset();

    worker = Open(CopySpec());
    if (applied) {
      EXPECT_EQ(worker->state().Get("seen", value), "first");
      ExpectNothingMore(*worker, "crawl-targets");
    } else {
      EXPECT_EQ(worker->state().Get("seen", value), std::nullopt);
      const Taken again = Take(*worker, 1);
      EXPECT_THAT(Values(again.entries), ElementsAre(value));
      log::Transaction retry(&worker->state());
      ASSERT_TRUE(retry.Emit("documents", "", value).ok());
      ASSERT_TRUE(CommitAll(*worker, std::move(retry), again).ok());
    }
    worker.reset();
  }
  EXPECT_THAT(Values(ReadAll("documents")), ElementsAre("not applied", "applied"));
}

TEST_P(LogContract, ACommitThatCannotBeChangesNothing) {
  for (const std::string value : {"a", "b"}) ProduceTo("crawl-targets", 0, value);
  const auto worker = Open(CopySpec());
  const Taken taken = Take(*worker, 2);
  const auto code = [&](std::string_view topic, std::optional<log::Partition> partition,
                        absl::Span<const log::Record> consumed) {
    log::Transaction transaction(&worker->state());
    transaction.Put("seen", "k", "wrong");
    EXPECT_TRUE((partition ? transaction.EmitTo(topic, *partition, "", "wrong")
                           : transaction.Emit(topic, "", "wrong"))
                    .ok());
    return worker->Commit(std::move(transaction), consumed).code();
  };
  EXPECT_EQ(code("sources", std::nullopt, {}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code("nowhere", std::nullopt, {}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code("documents", 1, {}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code("documents", 0, absl::MakeSpan(taken.records).subspan(1)),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(worker->state().Get("seen", "k"), std::nullopt);
  log::Transaction right(&worker->state());
  ASSERT_TRUE(right.Emit("documents", "", "right").ok());
  ASSERT_TRUE(CommitAll(*worker, std::move(right), taken).ok());
  EXPECT_THAT(Values(ReadAll("documents")), ElementsAre("right"));
}

TEST_P(LogContract, UnknownTopicsAndShardsAreRefusedAtOpen) {
  log::Spec spec = CopySpec();
  EXPECT_EQ(OpenStatus(spec, 4).code(), absl::StatusCode::kInvalidArgument);
  spec.inputs = {"nowhere"};
  EXPECT_EQ(OpenStatus(spec).code(), absl::StatusCode::kInvalidArgument);
  spec = CopySpec();
  spec.outputs = {"nowhere"};
  EXPECT_EQ(OpenStatus(spec).code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(LogContract, LargeRecordsPassUpToTheLimit) {
  const std::string large(log::Transaction::kRecordBytesMax - 1, 'x');
  Produce("raw-pages", {{"k", large}});
  const std::vector<Entry> entries = ReadAll("raw-pages");
  ASSERT_EQ(entries.size(), 1);
  EXPECT_EQ(entries.front().value, large);
}

// Rows of one commit are equal: whoever scans finds them so.
TEST_P(LogContract, AReaderOfTheStateSeesWholeCommits) {
  auto worker = Open(CopySpec());
  std::atomic<bool> done = false;
  std::atomic<int> scans = 0;
  std::jthread scanner([&] {
    while (!done) {
      std::vector<std::string> values;
      worker->state().Scan("seen", "", "", [&](std::string_view, std::string_view value) {
        values.emplace_back(value);
      });
      for (const std::string& value : values) EXPECT_EQ(value, values.front());
      EXPECT_TRUE(values.empty() || values.size() == 3);
      ++scans;
    }
  });
  for (int i = 0; i < 50 || scans < 50; ++i) {
    log::Transaction transaction(&worker->state());
    for (const std::string key : {"a", "b", "c"}) transaction.Put("seen", key, std::to_string(i));
    ASSERT_TRUE(worker->Commit(std::move(transaction), {}).ok());
  }
  done = true;
}

TEST_P(LogContract, AnotherNumberOfPartitionsIsRefusedAndTheOldOneStillTaken) {
  ProduceTo("crawl-targets", 3, "there");
  Reopen();
  const absl::Status reopened = harness().Reopen({.keyed_partitions = 3});
  const absl::Status status = reopened.ok() ? OpenStatus(CopySpec()) : reopened;
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("4"));
  Reopen();
  const auto worker = Open(CopySpec(), 3);
  EXPECT_THAT(Values(Take(*worker, 1).entries), ElementsAre("there"));
}

}  // namespace
}  // namespace sluice::contract
