// However a stage is disturbed, its topics and tables come out the same: with batches of any size,
// commits that fail, a process that dies between any two steps, and any number of threads. The
// clock stands still, so that all bytes can be compared.
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/runtime/runner_fixture.h"

namespace sluice::runtime {
namespace {

constexpr uint64_t kSeed = 20260105;
constexpr int kRecords = 300;

void AppendInput(fakes::MemoryLog& log) {
  std::mt19937_64 random(kSeed);
  constexpr std::string_view kTitles[] = {"a", "b", "c", "d", "drop", "poison", "refuse"};
  for (int i = 0; i < kRecords; ++i) {
    log.Append("raw-pages", fmt::format("site{}.org", random() % 5),
               fakes::MakeToyPage(kTitles[random() % std::size(kTitles)], i));
  }
}

// Two stages, one after the other, until all is read. A shard that is over is opened again, as the
// supervisor does.
class Flow {
 public:
  explicit Flow(RunnerFixture& fixture, size_t records_max = 500)
      : fixture_(&fixture), options_{.limits = {.records_max = records_max}} {}

  void RunToTheEnd() {
    std::unique_ptr<ShardRunner> runners[2];
    for (int idle = 0; idle < 3; ++idle) {
      for (int i = 0; i < 2; ++i) {
        const size_t before = Written();
        if (runners[i] == nullptr) {
          auto opened =
              ShardRunner::Open(options_, fixture_->base(), plans_[i], 0, fixture_->metrics, {});
          if (opened.ok()) runners[i] = *std::move(opened);
        }
        if (runners[i] == nullptr || !fixture_->Step(*runners[i]).ok()) {
          for (auto& runner : runners) runner.reset();
          if (fixture_->log.killed()) fixture_->log.Restart();
          idle = 0;
        }
        if (Written() != before) idle = 0;
      }
    }
  }

 private:
  size_t Written() const {
    return fixture_->log.Records("documents").size() + fixture_->log.Records("clean").size() +
           fixture_->log.Records("outcomes").size() + fixture_->log.Records("dead-letters").size();
  }

  RunnerFixture* fixture_;
  ShardRunner::Options options_;
  const StagePlan plans_[2] = {fakes::MakeToyPlan("toy", "raw-pages", "documents"),
                               fakes::MakeToyPlan("last", "documents", "clean")};
};

fakes::MemoryLog::Contents Undisturbed() {
  RunnerFixture fixture;
  AppendInput(fixture.log);
  Flow(fixture).RunToTheEnd();
  return fixture.log.Dump();
}

class DeterminismTest : public testing::Test {
 protected:
  void SetUp() override { RecordProperty("seed", std::to_string(kSeed)); }
  const fakes::MemoryLog::Contents expected_ = Undisturbed();
};

TEST_F(DeterminismTest, TheUndisturbedRunDoesSomething) {
  EXPECT_GT(expected_.topics.at("clean").size(), size_t{kRecords} / 3);
  EXPECT_GT(expected_.topics.at("dead-letters").size(), size_t{kRecords} / 10);
}

TEST_F(DeterminismTest, BatchesOfAnySizeGiveTheSame) {
  for (const size_t records_max : {1, 7, 500}) {
    RunnerFixture fixture;
    AppendInput(fixture.log);
    Flow(fixture, records_max).RunToTheEnd();
    EXPECT_EQ(fixture.log.Dump(), expected_) << "batches of " << records_max;
  }
}

TEST_F(DeterminismTest, OneAndSixteenThreadsGiveTheSame) {
  for (const size_t threads : {1, 16}) {
    RunnerFixture fixture(threads);
    AppendInput(fixture.log);
    Flow(fixture).RunToTheEnd();
    EXPECT_EQ(fixture.log.Dump(), expected_) << threads << " threads";
  }
}

TEST_F(DeterminismTest, AnyCommitThatFailsGivesTheSame) {
  for (const auto effect : {fakes::MemoryLog::Effect::kNone, fakes::MemoryLog::Effect::kApplied}) {
    for (uint64_t n = 1; n <= 20; ++n) {
      RunnerFixture fixture;
      AppendInput(fixture.log);
      fixture.log.FailCommit(n, absl::AbortedError("fenced"), effect);
      fixture.log.FailCommit(n + 1, absl::AbortedError("fenced"), effect);
      Flow(fixture, 20).RunToTheEnd();
      EXPECT_EQ(fixture.log.Dump(), expected_) << "commit " << n;
      EXPECT_EQ(fixture.log.faults_fired(), 2U);
    }
  }
}

TEST_F(DeterminismTest, AProcessThatDiesBetweenAnyTwoStepsGivesTheSame) {
  RunnerFixture counted;
  AppendInput(counted.log);
  Flow(counted, 50).RunToTheEnd();
  const uint64_t steps = counted.log.steps();
  ASSERT_GT(steps, 20U);
  for (uint64_t n = 1; n <= steps; ++n) {
    RunnerFixture fixture;
    AppendInput(fixture.log);
    fixture.log.KillAtStep(n);
    Flow(fixture, 50).RunToTheEnd();
    EXPECT_EQ(fixture.log.Dump(), expected_) << "killed at step " << n;
    EXPECT_EQ(fixture.log.faults_fired(), 1U);
  }
}

}  // namespace
}  // namespace sluice::runtime
