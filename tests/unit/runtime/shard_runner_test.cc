#include "pipeline/runtime/shard_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "sluice/data/v1/dead_letter.pb.h"
#include "sluice/data/v1/document.pb.h"
#include "sluice/data/v1/outcome.pb.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/runtime/runner_fixture.h"

namespace sluice::runtime {
namespace {

using data::v1::DeadLetter;
using data::v1::Document;
using data::v1::Outcome;
using testing::ElementsAre;

class ShardRunnerTest : public testing::Test {
 protected:
  void Append(std::initializer_list<std::string_view> titles) {
    for (const std::string_view title : titles) {
      fixture_.log.Append("raw-pages", "example.org", fakes::MakeToyPage(title, number_++));
    }
  }

  std::vector<std::string> Titles() {
    std::vector<std::string> titles;
    for (const Document& document : fixture_.Read<Document>("documents")) {
      titles.push_back(document.title() + document.text());
    }
    return titles;
  }

  RunnerFixture fixture_;
  const StagePlan plan_ = fakes::MakeToyPlan();
  int number_ = 0;
};

TEST_F(ShardRunnerTest, PassesRecordsOnInOrderWithItsStepInTheTrail) {
  Append({"a", "b", "a"});
  auto runner = fixture_.Open(plan_);
  ASSERT_TRUE(fixture_.Step(*runner).ok());
  EXPECT_THAT(Titles(), ElementsAre("a1", "b1", "a2"));
  for (const Document& document : fixture_.Read<Document>("documents")) {
    ASSERT_EQ(document.envelope().trail_size(), 1);
    EXPECT_EQ(document.envelope().trail(0).stage(), "toy");
    EXPECT_EQ(document.envelope().trail(0).outcome(), data::v1::STEP_OUTCOME_PASSED);
  }
}

TEST_F(ShardRunnerTest, TellsWhenAPageIsAcceptedAndWhenItEnds) {
  Append({"a", "drop"});
  auto runner = fixture_.Open(plan_);
  ASSERT_TRUE(fixture_.Step(*runner).ok());
  const auto outcomes = fixture_.Read<Outcome>("outcomes");
  ASSERT_EQ(outcomes.size(), 2);
  EXPECT_FALSE(outcomes[0].final());
  EXPECT_EQ(outcomes[0].envelope().url(), "https://example.org/a/0");
  EXPECT_TRUE(outcomes[1].final());
  EXPECT_EQ(outcomes[1].envelope().trail(0).reason(), fakes::ToyStage::kUnwanted);
  EXPECT_EQ(outcomes[1].envelope().trail(0).detail(), "as its title says");
}

TEST_F(ShardRunnerTest, DeadLettersWhatCannotBeReadAndGoesOn) {
  Append({"poison", "a"});
  fixture_.log.Append("raw-pages", "example.org", "\xff\xff");
  Append({"b"});
  auto runner = fixture_.Open(plan_);
  ASSERT_TRUE(fixture_.Step(*runner).ok());
  EXPECT_THAT(Titles(), ElementsAre("a1", "b1"));
  const auto letters = fixture_.Read<DeadLetter>("dead-letters");
  ASSERT_EQ(letters.size(), 2);
  EXPECT_EQ(letters[0].detail(), "is poison");
  EXPECT_EQ(letters[1].record(), "\xff\xff");
  const auto outcomes = fixture_.Read<Outcome>("outcomes");
  EXPECT_EQ(outcomes[0].envelope().trail(0).outcome(), data::v1::STEP_OUTCOME_DEAD_LETTERED);
  EXPECT_TRUE(outcomes[0].final());
}

TEST_F(ShardRunnerTest, UndoesWhatAStageEmittedForARecordThatItThenRefuses) {
  Append({"refuse", "a"});
  auto runner = fixture_.Open(plan_);
  ASSERT_TRUE(fixture_.Step(*runner).ok());
  EXPECT_THAT(Titles(), ElementsAre("a1"));
  EXPECT_FALSE(fixture_.log.Dump().rows.contains("toy.0/seen/refuse"));
  EXPECT_EQ(fixture_.Read<DeadLetter>("dead-letters").size(), 1);
}

TEST_F(ShardRunnerTest, CommitsWhatPrecedesARecordThatFailsInPassingAndTriesItAgain) {
  Append({"a", "flaky", "b"});
  auto runner = fixture_.Open(plan_);
  ASSERT_TRUE(fixture_.Step(*runner).ok());
  EXPECT_THAT(Titles(), ElementsAre("a1"));
  ASSERT_TRUE(fixture_.Step(*runner).ok());
  EXPECT_EQ(fixture_.Metric("sluice_records_retried_total{stage=\"toy\"}"), 1)
      << "tried again before the backoff was over";
  for (int i = 0; i < 4; ++i) {
    fixture_.clock.Advance(absl::Seconds(1));
    ASSERT_TRUE(fixture_.Step(*runner).ok());
  }
  EXPECT_THAT(Titles(), ElementsAre("a1", "flaky1", "b1"));
  EXPECT_EQ(fixture_.Metric("sluice_records_retried_total{stage=\"toy\"}"), 2);
}

TEST_F(ShardRunnerTest, DeadLettersARecordThatFailsForTooLong) {
  Append({"flaky", "b"});
  StagePlan plan = plan_;
  plan.make = [](log::Partition, Wake) -> absl::StatusOr<std::unique_ptr<stage::Stage>> {
    return std::make_unique<fakes::ToyStage>(fakes::ToyStage::Options{.flaky_failures = 1 << 30});
  };
  auto runner = fixture_.Open(plan, {.retry_max = absl::Minutes(1)});
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(fixture_.Step(*runner).ok());
    fixture_.clock.Advance(absl::Seconds(30));
  }
  EXPECT_THAT(Titles(), ElementsAre("b1"));
  const auto letters = fixture_.Read<DeadLetter>("dead-letters");
  ASSERT_EQ(letters.size(), 1);
  EXPECT_EQ(letters[0].code(), "UNAVAILABLE");
  EXPECT_GE(letters[0].attempts(), 2);
}

TEST_F(ShardRunnerTest, LeavesTheRecordOutOfALetterThatWouldBeTooLarge) {
  data::v1::Enveloped page;
  page.mutable_envelope()->set_url("https://example.org/" + std::string(500 << 10, 'x'));
  std::string value = page.SerializeAsString();
  const std::string filler(1300 << 10, '.');
  Document poison;  // Merged with the page: its title has it refused.
  poison.set_title("poison");
  poison.set_text(filler);
  value += poison.SerializeAsString();
  fixture_.log.Append("raw-pages", "example.org", value);
  auto runner = fixture_.Open(plan_, {.dead_letter_bytes_max = Turn::kDeadLetterBytesMax});
  ASSERT_TRUE(fixture_.Step(*runner).ok());
  const auto letters = fixture_.Read<DeadLetter>("dead-letters");
  ASSERT_EQ(letters.size(), 1);
  EXPECT_EQ(letters[0].detail(), "is poison");
  EXPECT_EQ(letters[0].topic(), "raw-pages");
  EXPECT_EQ(letters[0].record_bytes(), value.size());
  EXPECT_EQ(letters[0].record(), "");
  EXPECT_EQ(letters[0].key(), "");
  EXPECT_FALSE(letters[0].has_envelope());
  EXPECT_TRUE(letters[0].truncated());
  const auto outcomes = fixture_.Read<Outcome>("outcomes");
  ASSERT_EQ(outcomes.size(), 1);
  EXPECT_TRUE(outcomes[0].final());
}

TEST_F(ShardRunnerTest, CountsOnlyWhatIsCommitted) {
  Append({"a", "drop", "poison"});
  fixture_.log.FailCommit(1, absl::AbortedError("fenced"), fakes::MemoryLog::Effect::kNone);
  {
    auto runner = fixture_.Open(plan_);
    EXPECT_EQ(fixture_.Step(*runner).code(), absl::StatusCode::kAborted);
    EXPECT_EQ(fixture_.Metric("sluice_records_received_total{stage=\"toy\"}"), 0);
  }
  auto runner = fixture_.Open(plan_);
  ASSERT_TRUE(fixture_.Step(*runner).ok());
  EXPECT_EQ(fixture_.Metric("sluice_records_received_total{stage=\"toy\"}"), 3);
  EXPECT_EQ(fixture_.Metric("sluice_records_passed_total{stage=\"toy\"}"), 1);
  EXPECT_EQ(fixture_.Metric("sluice_records_dropped_total{reason=\"unwanted\",stage=\"toy\"}"), 1);
  EXPECT_EQ(fixture_.Metric("sluice_records_dead_lettered_total{stage=\"toy\"}"), 1);
}

TEST_F(ShardRunnerTest, MakesHeartbeatsAndHandsThemOn) {
  StagePlan first = fakes::MakeToyPlan("first", "crawl-targets", "raw-pages");
  first.makes_heartbeats = true;
  auto source = fixture_.Open(first, {.heartbeat_interval = absl::Seconds(10)});
  auto sink = fixture_.Open(plan_);
  ASSERT_TRUE(fixture_.Step(*source).ok());
  ASSERT_TRUE(fixture_.Step(*source).ok());
  EXPECT_EQ(fixture_.log.Records("raw-pages").size(), 1) << "before the interval is over";
  const absl::Time made = fixture_.clock.Now();
  fixture_.clock.Advance(absl::Seconds(3));
  ASSERT_TRUE(fixture_.Step(*sink).ok());
  EXPECT_EQ(sink->freshness().time(), made);
  const auto handed_on = fixture_.log.Records("documents");
  ASSERT_EQ(handed_on.size(), 1);
  EXPECT_EQ(handed_on[0].value, EncodeHeartbeat("first.0", made));
  EXPECT_EQ(fixture_.Metric("sluice_records_received_total{stage=\"toy\"}"), 0);
}

TEST_F(ShardRunnerTest, HandsHeartbeatsToEachPartitionThatMustKnowAndToNoOther) {
  RunnerFixture fixture(1, 3);
  const auto heard = [&](const std::string& input, const std::string& output,
                         log::Partition shard) {
    StagePlan plan = fakes::MakeToyPlan("from-" + input, input, output);
    plan.makes_heartbeats = true;
    auto runner = fixture.Open(plan, {}, shard);
    EXPECT_TRUE(fixture.Step(*runner).ok());
    std::vector<log::Partition> partitions;
    for (const auto& record : fixture.log.Records(output)) partitions.push_back(record.partition);
    return partitions;
  };
  EXPECT_THAT(heard("deduped", "clean", 2), ElementsAre(0));
  EXPECT_THAT(heard("documents", "deduped", 0), ElementsAre(0, 1, 2)) << "from one to many";
  EXPECT_THAT(heard("crawl-targets", "raw-pages", 2), ElementsAre(2));
}

// Counts what is asked of it; wakes at a time of its own.
class SleepyStage final : public fakes::ToyStage {
 public:
  struct Diary {
    absl::Time next_wake = absl::InfiniteFuture();
    absl::Status wake_status;
    std::vector<absl::Time> woken;
    std::vector<std::string> calls;  // Loaded, opened, committed.
  };

  explicit SleepyStage(Diary& diary) : ToyStage({}), diary_(&diary) {}

  void Load(std::string_view table, std::string_view key, std::string_view value) override {
    ToyStage::Load(table, key, value);
    diary_->calls.push_back("loaded " + std::string(key));
  }
  void Opened(const log::State& state) override {
    diary_->calls.push_back(state.Get("seen", "a").has_value() ? "opened, has a" : "opened");
  }
  void Committed() override { diary_->calls.emplace_back("committed"); }
  absl::Time NextWake() const override { return diary_->next_wake; }
  absl::Status OnWake(absl::Time now, log::Transaction&, stage::Outcomes&) override {
    diary_->woken.push_back(now);
    if (diary_->wake_status.ok()) diary_->next_wake = absl::InfiniteFuture();
    return diary_->wake_status;
  }

 private:
  Diary* diary_;  // Not owned.
};

class SleepyShardTest : public ShardRunnerTest {
 protected:
  void SetUp() override {
    plan_.make = [this](log::Partition,
                        Wake wake) -> absl::StatusOr<std::unique_ptr<stage::Stage>> {
      wake_ = std::move(wake);
      return std::make_unique<SleepyStage>(diary_);
    };
  }

  StagePlan plan_ = fakes::MakeToyPlan();
  SleepyStage::Diary diary_;
  Wake wake_;
};

TEST_F(SleepyShardTest, WakesItsStageWhenItsTimeHasComeAndOnce) {
  auto runner = fixture_.Open(plan_);
  diary_.next_wake = fixture_.clock.Now() + absl::Seconds(5);
  ASSERT_TRUE(fixture_.Step(*runner).ok());
  EXPECT_THAT(diary_.woken, testing::IsEmpty());
  fixture_.clock.Advance(absl::Seconds(5));
  ASSERT_TRUE(fixture_.Step(*runner).ok());
  ASSERT_TRUE(fixture_.Step(*runner).ok());
  EXPECT_THAT(diary_.woken, ElementsAre(fixture_.clock.Now()));
}

TEST_F(SleepyShardTest, WakesItsStageWhenAnybodyAsksAlsoBeforeItIsOpenAndAfterItIsGone) {
  const auto make = plan_.make;
  plan_.make = [&](log::Partition partition, Wake wake) {
    wake();
    return make(partition, std::move(wake));
  };
  auto runner = fixture_.Open(plan_);
  for (size_t wakes = 1; wakes < 4; ++wakes) {
    // Would wait for ever.
    ASSERT_TRUE(runner->Step(absl::InfiniteFuture()).ok());
    EXPECT_EQ(diary_.woken.size(), wakes);
    wake_();
  }
  runner.reset();
  wake_();
}

TEST_F(SleepyShardTest, EndsItsWaitWhenItsStageHasToBeWoken) {
  auto runner = fixture_.Open(plan_);
  const absl::Time due = fixture_.clock.Now() + absl::Seconds(5);
  diary_.next_wake = due;
  std::jthread step([&] { EXPECT_TRUE(runner->Step(absl::InfiniteFuture()).ok()); });
  fixture_.clock.Advance(absl::Seconds(5));
  step.join();
  EXPECT_THAT(diary_.woken, ElementsAre(due));
}

TEST_F(SleepyShardTest, TriesAWakeThatFailedAgainASecondLater) {
  auto runner = fixture_.Open(plan_);
  diary_.next_wake = fixture_.clock.Now();
  diary_.wake_status = absl::UnavailableError("later");
  for (const absl::Duration pause :
       {absl::ZeroDuration(), absl::Milliseconds(999), absl::Milliseconds(1)}) {
    fixture_.clock.Advance(pause);
    ASSERT_TRUE(fixture_.Step(*runner).ok());
  }
  EXPECT_EQ(diary_.woken.size(), 2U);
  diary_.wake_status = absl::OkStatus();
  fixture_.clock.Advance(absl::Seconds(1));
  ASSERT_TRUE(fixture_.Step(*runner).ok());
  diary_.next_wake = fixture_.clock.Now();
  ASSERT_TRUE(fixture_.Step(*runner).ok());
  EXPECT_EQ(diary_.woken.size(), 4U) << "at once, since the last one went well";
}

TEST_F(SleepyShardTest, TellsItsStageWhatIsLoadedOpenedAndCommitted) {
  Append({"a"});
  for (int run = 0; run < 2; ++run) {
    auto runner = fixture_.Open(plan_);
    ASSERT_TRUE(fixture_.Step(*runner).ok());
    ASSERT_TRUE(fixture_.Step(*runner).ok());
  }
  EXPECT_THAT(diary_.calls, ElementsAre("opened", "committed", "loaded a", "opened, has a"));
  Append({"a"});
  fixture_.log.FailCommit(1, absl::AbortedError("fenced"), fakes::MemoryLog::Effect::kNone);
  diary_.calls.clear();
  EXPECT_FALSE(fixture_.Step(*fixture_.Open(plan_)).ok());
  EXPECT_THAT(diary_.calls, ElementsAre("loaded a", "opened, has a"));
}

// Takes the page out of what Prepare has made, and fails once for each record.
class TakingStage final : public stage::Stage {
 public:
  struct Page final : stage::Prepared {
    const data::v1::Envelope* envelope() const override { return nullptr; }
    std::string value;
  };

  absl::StatusOr<std::unique_ptr<stage::Prepared>> Prepare(
      const log::Record& record) const override {
    auto page = std::make_unique<Page>();
    page->value = record.value;
    return page;
  }
  absl::StatusOr<stage::Verdict> Apply(stage::Prepared& prepared, const log::Record& record,
                                       log::Transaction& transaction) override {
    std::string value = std::exchange(static_cast<Page&>(prepared).value, "");
    if (std::exchange(failed_, record.offset) != record.offset) {
      return absl::UnavailableError("try again");
    }
    if (absl::Status status = transaction.Emit("documents", record.key, std::move(value));
        !status.ok()) {
      return status;
    }
    return stage::Verdict::Passed();
  }

 private:
  std::optional<uint64_t> failed_;
};

TEST_F(ShardRunnerTest, TriesEachRecordAgainForItsOwnTimeAndPreparesItAnew) {
  StagePlan plan = plan_;
  plan.make = [](log::Partition, Wake) -> absl::StatusOr<std::unique_ptr<stage::Stage>> {
    return std::make_unique<TakingStage>();
  };
  auto runner = fixture_.Open(plan, {.retry_max = absl::Minutes(1)});
  for (const std::string_view title : {"a", "b"}) {
    Append({title});
    ASSERT_TRUE(fixture_.Step(*runner).ok());
    fixture_.clock.Advance(absl::Seconds(1));
    ASSERT_TRUE(fixture_.Step(*runner).ok());
    fixture_.clock.Advance(absl::Minutes(10));
  }
  EXPECT_THAT(Titles(), ElementsAre("a", "b"));
  EXPECT_THAT(fixture_.Read<DeadLetter>("dead-letters"), testing::IsEmpty());
}

TEST_F(ShardRunnerTest, DeadLettersARecordThatHasEndedTheProcessTwice) {
  Append({"a", "b"});
  const support::TemporaryDirectory directory;
  const auto kept = fixture_.log.Records("raw-pages");
  const log::Record crashing = {.topic = "raw-pages", .offset = kept[0].offset};
  for (uint32_t crash = 0; crash < CrashGuard::kCrashesMax; ++crash) {
    const pid_t child = fork();
    if (child == 0) {
      auto guard = CrashGuard::Open(directory.Path("guard"));
      const CrashGuard::Scope scope(guard->get(), "toy", crashing);
      abort();
    }
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
  }
  const auto guard = CrashGuard::Open(directory.Path("guard"));
  ASSERT_TRUE(guard.ok()) << guard.status();
  ShardRunner::Base base = fixture_.base();
  base.guard = guard->get();
  auto runner = ShardRunner::Open({}, base, plan_, 0, fixture_.metrics, {});
  ASSERT_TRUE(runner.ok()) << runner.status();
  ASSERT_TRUE(fixture_.Step(**runner).ok());
  EXPECT_THAT(Titles(), ElementsAre("b1"));
  const auto letters = fixture_.Read<DeadLetter>("dead-letters");
  ASSERT_EQ(letters.size(), 1);
  EXPECT_EQ(letters[0].offset(), kept[0].offset);
  EXPECT_EQ(letters[0].code(), "DATA_LOSS");
  EXPECT_EQ(letters[0].detail(), "working on this record has ended the process 2 times");
}

}  // namespace
}  // namespace sluice::runtime
