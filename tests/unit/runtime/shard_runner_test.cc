#include "pipeline/runtime/shard_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sluice/data/v1/dead_letter.pb.h"
#include "sluice/data/v1/document.pb.h"
#include "sluice/data/v1/outcome.pb.h"
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
  EXPECT_THAT(Titles(), ElementsAre("a1")) << "tried again before the backoff was over";
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

}  // namespace
}  // namespace sluice::runtime
