#include "pipeline/runtime/supervisor.h"

#include <gtest/gtest.h>

#include <functional>

#include "absl/time/clock.h"
#include "tests/unit/runtime/runner_fixture.h"

namespace sluice::runtime {
namespace {

// Waits for what other threads bring about.
bool Eventually(const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

class SupervisorTest : public testing::Test {
 protected:
  void Append(int count) {
    for (int i = 0; i < count; ++i) {
      fixture_.log.Append("raw-pages", fmt::format("site{}.org", i), fakes::MakeToyPage("a", i));
    }
  }
  bool Emits(size_t count) {
    return Eventually([&] { return fixture_.log.Records("documents").size() == count; });
  }

  RunnerFixture fixture_{2, 4};
};

TEST_F(SupervisorTest, RunsEveryShardAndDrains) {
  Supervisor supervisor({}, fixture_.base(), fixture_.registry);
  supervisor.Add(fakes::MakeToyPlan());
  EXPECT_FALSE(supervisor.Ready());
  supervisor.Start();
  Append(40);
  EXPECT_TRUE(Emits(40));
  EXPECT_TRUE(supervisor.Ready());
  EXPECT_EQ(supervisor.Status().size(), 4);
  supervisor.RequestDrain();
  EXPECT_TRUE(supervisor.Wait().ok());
  EXPECT_TRUE(supervisor.Drain().ok());
  EXPECT_EQ(supervisor.Status()[0].state, ShardState::kStopped);
}

TEST_F(SupervisorTest, RunsOnlyTheShardsOfItsOrdinal) {
  Supervisor supervisor({.ordinal = 1, .replicas = 3}, fixture_.base(), fixture_.registry);
  supervisor.Add(fakes::MakeToyPlan());
  ASSERT_EQ(supervisor.Status().size(), 1);
  EXPECT_EQ(supervisor.Status()[0].partition, 1);
}

TEST_F(SupervisorTest, OpensAShardAgainThatWasTakenOver) {
  Supervisor supervisor({.reopen_interval_min = absl::Milliseconds(1)}, fixture_.base(),
                        fixture_.registry);
  supervisor.Add(fakes::MakeToyPlan());
  fixture_.log.FailCommit(1, absl::AbortedError("fenced"), fakes::MemoryLog::Effect::kNone);
  supervisor.Start();
  Append(10);
  EXPECT_TRUE(Emits(10));
  EXPECT_EQ(fixture_.Metric("sluice_shard_fenced_total{stage=\"toy\"}"), 1);
}

TEST_F(SupervisorTest, EndsTheProcessOnDamage) {
  Supervisor supervisor({}, fixture_.base(), fixture_.registry);
  supervisor.Add(fakes::MakeToyPlan());
  fixture_.log.FailCommit(1, absl::DataLossError("the disk is full"),
                          fakes::MemoryLog::Effect::kNone);
  supervisor.Start();
  Append(1);
  const absl::Status status = supervisor.Wait();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(status.ToString().find("the disk is full"), std::string::npos);
}

TEST_F(SupervisorTest, PausesAndResumes) {
  Supervisor supervisor({}, fixture_.base(), fixture_.registry);
  supervisor.Add(fakes::MakeToyPlan());
  supervisor.Start();
  ASSERT_TRUE(Eventually([&] { return supervisor.Ready(); }));
  ASSERT_TRUE(supervisor.SetPaused("toy", true).ok());
  ASSERT_TRUE(Eventually([&] {
    for (const auto& shard : supervisor.Status()) {
      if (shard.state != ShardState::kPaused) return false;
    }
    return true;
  }));
  Append(5);
  EXPECT_TRUE(fixture_.log.Records("documents").empty());
  ASSERT_TRUE(supervisor.SetPaused("", false).ok());
  EXPECT_TRUE(Emits(5));
  EXPECT_EQ(supervisor.SetPaused("nothing", true).code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace sluice::runtime
