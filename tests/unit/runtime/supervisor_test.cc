#include "pipeline/runtime/supervisor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "tests/support/eventually.h"
#include "tests/unit/runtime/runner_fixture.h"

namespace sluice::runtime {
namespace {

using support::Eventually;

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

  static bool AllAre(const Supervisor& supervisor, ShardState state) {
    return Eventually([&] {
      return std::ranges::all_of(supervisor.Status(),
                                 [&](const auto& shard) { return shard.state == state; });
    });
  }

  // Starts the toy that makes deduped of documents.
  static void StartToy(Supervisor& supervisor) {
    supervisor.Add(fakes::MakeToyPlan("toy", "documents", "deduped"));
    supervisor.Start();
    ASSERT_TRUE(Eventually([&] { return supervisor.Ready(); }));
  }

  // Has the supervisor's shards, not started yet, find that retention has passed them.
  void PassByRetention(Supervisor& supervisor) {
    ASSERT_TRUE(supervisor.SetPaused("", true).ok());
    supervisor.Start();
    ASSERT_TRUE(AllAre(supervisor, ShardState::kPaused));
    for (int i = 0; i < 3; ++i) {
      fixture_.log.AppendTo("raw-pages", 0, "k", fakes::MakeToyPage("drop", i));
    }
    fixture_.log.Trim("raw-pages", 0, fixture_.log.Records("raw-pages")[1].offset);
    ASSERT_TRUE(supervisor.SetPaused("", false).ok());
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
  EXPECT_EQ(fixture_.log.members(), 0) << "its shards are its own by number";
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

TEST_F(SupervisorTest, RunsAReplicaWhateverItsOrdinal) {
  Supervisor supervisor({.ordinal = 1, .replicas = 3}, fixture_.base(), fixture_.registry);
  StagePlan plan = fakes::MakeToyPlan();
  plan.replica = true;
  supervisor.Add(std::move(plan));
  supervisor.Start();
  EXPECT_TRUE(Eventually([&] { return supervisor.Ready(); }));
  EXPECT_EQ(supervisor.Status().size(), 1);
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

TEST_F(SupervisorTest, EndsTheProcessWhereRetentionHasPassedAShard) {
  Supervisor supervisor({}, fixture_.base(), fixture_.registry);
  supervisor.Add(fakes::MakeToyPlan());
  PassByRetention(supervisor);
  EXPECT_EQ(supervisor.Wait().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(supervisor.Status()[0].state, ShardState::kStopped);
  EXPECT_NE(supervisor.Status()[0].detail.find("raw-pages"), std::string::npos);
}

TEST_F(SupervisorTest, OpensAReplicaAgainThatRetentionHasPassed) {
  Supervisor supervisor({.reopen_interval_min = absl::Milliseconds(1)}, fixture_.base(),
                        fixture_.registry);
  StagePlan plan = fakes::MakeToyPlan();
  plan.replica = true;
  supervisor.Add(std::move(plan));
  PassByRetention(supervisor);
  EXPECT_TRUE(Eventually([&] {
    return fixture_.Metric("sluice_records_dropped_total{reason=\"unwanted\",stage=\"toy\"}") == 2;
  }));
  EXPECT_TRUE(supervisor.Ready());
  supervisor.RequestDrain();
  EXPECT_TRUE(supervisor.Wait().ok());
}

TEST_F(SupervisorTest, OpensNoShardAgainWhereAllEndAtOnce) {
  Supervisor supervisor({.reopen_interval_min = absl::Milliseconds(1)}, fixture_.base(),
                        fixture_.registry);
  supervisor.Add(fakes::MakeToyPlan());
  for (log::Partition p = 0; p < 4; ++p) {
    fixture_.log.FailCommit(p + 1, absl::DataLossError("the disk is full"),
                            fakes::MemoryLog::Effect::kNone);
    fixture_.log.AppendTo("raw-pages", p, "k", fakes::MakeToyPage("a", 0));
  }
  supervisor.Start();
  EXPECT_EQ(supervisor.Wait().code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(AllAre(supervisor, ShardState::kStopped));
  EXPECT_TRUE(fixture_.log.Records("documents").empty());
}

// Stands still in Apply until it is freed.
class StuckStage final : public fakes::ToyStage {
 public:
  StuckStage(absl::Notification& stuck, absl::Notification& freed)
      : ToyStage({}), stuck_(&stuck), freed_(&freed) {}
  absl::StatusOr<stage::Verdict> Apply(stage::Prepared& prepared, const log::Record& record,
                                       log::Transaction& transaction) override {
    if (!stuck_->HasBeenNotified()) stuck_->Notify();
    freed_->WaitForNotification();
    return ToyStage::Apply(prepared, record, transaction);
  }

 private:
  absl::Notification* stuck_;  // Not owned.
  absl::Notification* freed_;  // Not owned.
};

TEST_F(SupervisorTest, NamesTheShardsThatADrainWaitsForInVain) {
  absl::Notification stuck;
  absl::Notification freed;
  Supervisor supervisor({.drain_max = absl::Milliseconds(50)}, fixture_.base(), fixture_.registry);
  StagePlan plan = fakes::MakeToyPlan();
  plan.make = [&, make = plan.make](log::Partition partition,
                                    Wake wake) -> absl::StatusOr<std::unique_ptr<stage::Stage>> {
    if (partition != 1) return make(partition, std::move(wake));
    return std::make_unique<StuckStage>(stuck, freed);
  };
  supervisor.Add(std::move(plan));
  fixture_.log.FailCommit(1, absl::DataLossError("the disk is full"),
                          fakes::MemoryLog::Effect::kNone);
  for (log::Partition p = 0; p < 2; ++p) {
    fixture_.log.AppendTo("raw-pages", p, "k", fakes::MakeToyPage("a", 0));
  }
  supervisor.Start();
  stuck.WaitForNotification();
  EXPECT_EQ(supervisor.Wait().code(), absl::StatusCode::kDataLoss);
  const absl::Status drained = supervisor.Drain();
  freed.Notify();
  EXPECT_EQ(drained.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_NE(drained.ToString().find("toy.1"), std::string::npos) << drained;
  EXPECT_EQ(drained.ToString().find("toy.0"), std::string::npos) << drained;
}

TEST_F(SupervisorTest, PausesAndResumes) {
  Supervisor supervisor({}, fixture_.base(), fixture_.registry);
  supervisor.Add(fakes::MakeToyPlan());
  supervisor.Start();
  ASSERT_TRUE(Eventually([&] { return supervisor.Ready(); }));
  ASSERT_TRUE(supervisor.SetPaused("toy", true).ok());
  ASSERT_TRUE(AllAre(supervisor, ShardState::kPaused));
  EXPECT_TRUE(supervisor.Ready());
  Append(5);
  EXPECT_TRUE(fixture_.log.Records("documents").empty());
  ASSERT_TRUE(supervisor.SetPaused("", false).ok());
  EXPECT_TRUE(Emits(5));
  EXPECT_EQ(supervisor.SetPaused("nothing", true).code(), absl::StatusCode::kNotFound);
}

TEST_F(SupervisorTest, DrainsWhatIsPaused) {
  Supervisor supervisor({}, fixture_.base(), fixture_.registry);
  supervisor.Add(fakes::MakeToyPlan());
  ASSERT_TRUE(supervisor.SetPaused("", true).ok());
  supervisor.Start();
  ASSERT_TRUE(AllAre(supervisor, ShardState::kPaused));
  EXPECT_TRUE(supervisor.Drain().ok());
}

TEST_F(SupervisorTest, SaysHowLongNoHeartbeatHasComeSinceTheShardOpened) {
  Supervisor supervisor({}, fixture_.base(), fixture_.registry);
  ASSERT_NO_FATAL_FAILURE(StartToy(supervisor));
  fixture_.clock.Advance(absl::Minutes(5));
  supervisor.UpdateGauges();
  const std::string_view freshness = R"(sluice_freshness_seconds{shard="0",stage="toy"})";
  EXPECT_EQ(fixture_.Metric(freshness), 300);
  // Three of four sources speak: the fourth is missed.
  for (const std::string_view source : {"fetch.0", "fetch.1", "fetch.2"}) {
    fixture_.log.Append("documents", kHeartbeatKey, EncodeHeartbeat(source, fixture_.clock.Now()));
  }
  ASSERT_TRUE(Eventually([&] { return fixture_.log.Records("deduped").size() == 12; }));
  supervisor.UpdateGauges();
  EXPECT_EQ(fixture_.Metric(freshness), 300);
  fixture_.log.Append("documents", kHeartbeatKey, EncodeHeartbeat("fetch.3", fixture_.clock.Now()));
  EXPECT_TRUE(Eventually([&] {
    supervisor.UpdateGauges();
    return fixture_.Metric(freshness) == 0;
  }));
}

TEST_F(SupervisorTest, CountsOnWhereAShardIsOpenedAgain) {
  Supervisor supervisor({.reopen_interval_min = absl::Milliseconds(1)}, fixture_.base(),
                        fixture_.registry);
  ASSERT_NO_FATAL_FAILURE(StartToy(supervisor));
  fixture_.clock.Advance(absl::Minutes(5));
  fixture_.log.FailCommit(1, absl::AbortedError("fenced"), fakes::MemoryLog::Effect::kNone);
  fixture_.log.Append("documents", "example.org", fakes::MakeToyPage("a", 1));
  ASSERT_TRUE(Eventually([&] { return fixture_.log.Records("deduped").size() == 1; }));
  EXPECT_EQ(fixture_.Metric("sluice_shard_fenced_total{stage=\"toy\"}"), 1);
  supervisor.UpdateGauges();
  EXPECT_EQ(fixture_.Metric(R"(sluice_freshness_seconds{shard="0",stage="toy"})"), 300);
}

TEST_F(SupervisorTest, CountsFromTheLastHeartbeatWhereAShardIsOpenedAgain) {
  Supervisor supervisor({.reopen_interval_min = absl::Milliseconds(1)}, fixture_.base(),
                        fixture_.registry);
  ASSERT_NO_FATAL_FAILURE(StartToy(supervisor));
  fixture_.clock.Advance(absl::Minutes(5));
  for (const std::string_view source : {"fetch.0", "fetch.1", "fetch.2", "fetch.3"}) {
    fixture_.log.Append("documents", kHeartbeatKey, EncodeHeartbeat(source, fixture_.clock.Now()));
  }
  const std::string_view freshness = R"(sluice_freshness_seconds{shard="0",stage="toy"})";
  ASSERT_TRUE(Eventually([&] {
    supervisor.UpdateGauges();
    return fixture_.Metric(freshness) == 0;
  }));
  fixture_.log.FailCommit(1, absl::AbortedError("fenced"), fakes::MemoryLog::Effect::kNone);
  fixture_.log.Append("documents", "example.org", fakes::MakeToyPage("a", 1));
  const auto emitted = [&] {
    return std::ranges::any_of(fixture_.log.Records("deduped"),
                               [](const auto& record) { return record.key == "example.org"; });
  };
  ASSERT_TRUE(Eventually(emitted));
  EXPECT_EQ(fixture_.Metric("sluice_shard_fenced_total{stage=\"toy\"}"), 1);
  supervisor.UpdateGauges();
  EXPECT_EQ(fixture_.Metric(freshness), 0);
}

TEST_F(SupervisorTest, CountsWhileAShardCannotBeOpened) {
  Supervisor supervisor({}, fixture_.base(), fixture_.registry);
  StagePlan plan = fakes::MakeToyPlan("toy", "documents", "deduped");
  plan.make = [](log::Partition, const Wake&) -> absl::StatusOr<std::unique_ptr<stage::Stage>> {
    return absl::UnavailableError("not now");
  };
  supervisor.Add(std::move(plan));
  supervisor.Start();
  fixture_.clock.Advance(absl::Minutes(5));
  supervisor.UpdateGauges();
  EXPECT_EQ(fixture_.Metric(R"(sluice_freshness_seconds{shard="0",stage="toy"})"), 300);
}

TEST_F(SupervisorTest, ShowsHowFarBehindAShardIsThatHangs) {
  absl::Notification stuck;
  absl::Notification freed;
  StagePlan plan = fakes::MakeToyPlan("toy", "documents", "deduped");
  plan.make = [&](log::Partition, const Wake&) -> absl::StatusOr<std::unique_ptr<stage::Stage>> {
    return std::make_unique<StuckStage>(stuck, freed);
  };
  Supervisor supervisor({}, fixture_.base(), fixture_.registry);
  supervisor.Add(std::move(plan));
  supervisor.Start();
  ASSERT_TRUE(Eventually([&] { return supervisor.Ready(); }));
  fixture_.log.Append("documents", "example.org", fakes::MakeToyPage("a", 1));
  stuck.WaitForNotification();
  fixture_.log.Append("documents", "example.org", fakes::MakeToyPage("a", 2));
  fixture_.clock.Advance(absl::Minutes(2));
  EXPECT_GE(supervisor.Status()[0].position.lag_records, 2);
  supervisor.UpdateGauges();
  EXPECT_GE(fixture_.Metric(R"(sluice_lag_records{shard="0",stage="toy"})"), 2);
  EXPECT_EQ(fixture_.Metric(R"(sluice_lag_seconds{shard="0",stage="toy"})"), 120);
  EXPECT_EQ(fixture_.Metric(R"(sluice_freshness_seconds{shard="0",stage="toy"})"), 120);
  freed.Notify();
}

// Shards that the log shares out.
class SharedShardsTest : public SupervisorTest {
 protected:
  using Shards = std::vector<log::Partition>;

  static Supervisor::Options Shared() {
    return {.shared = true, .reopen_interval_min = absl::Milliseconds(1)};
  }
  static Shards In(const Supervisor& supervisor, ShardState state) {
    Shards shards;
    for (const auto& shard : supervisor.Status()) {
      if (shard.state == state) shards.push_back(shard.partition);
    }
    return shards;
  }
  static bool Runs(const Supervisor& supervisor, const Shards& shards) {
    return Eventually([&] { return In(supervisor, ShardState::kRunning) == shards; });
  }
  size_t Waiting(log::Partition partition) {
    return static_cast<size_t>(std::ranges::count(fixture_.log.Records("raw-pages"), partition,
                                                  &fakes::MemoryLog::Kept::partition));
  }
};

TEST_F(SharedShardsTest, RunWhereTheLogSaysAndNowhereElse) {
  Supervisor supervisor(Shared(), fixture_.base(), fixture_.registry);
  supervisor.Add(fakes::MakeToyPlan());
  supervisor.Start();
  EXPECT_FALSE(supervisor.Ready());  // Not told yet.
  Append(40);
  fixture_.log.Share(0, Shards{0, 2});
  EXPECT_TRUE(Runs(supervisor, {0, 2}));
  EXPECT_EQ(In(supervisor, ShardState::kStandby), (Shards{1, 3}));
  EXPECT_TRUE(supervisor.Ready());
  EXPECT_TRUE(Emits(Waiting(0) + Waiting(2)));
  fixture_.log.Share(0, Shards{0, 1, 3});
  EXPECT_TRUE(Runs(supervisor, {0, 1, 3}));
  EXPECT_TRUE(Emits(40));
  supervisor.RequestDrain();
  EXPECT_TRUE(supervisor.Wait().ok());
  EXPECT_TRUE(supervisor.Drain().ok());
  EXPECT_EQ(fixture_.log.members(), 0) << "it has not left";
}

TEST_F(SharedShardsTest, AreClosedBeforeTheyAreGivenUpSoThatNobodyIsFenced) {
  Supervisor one(Shared(), fixture_.base(), fixture_.registry);
  Supervisor two(Shared(), fixture_.base(), fixture_.registry);
  for (Supervisor* supervisor : {&one, &two}) {
    supervisor->Add(fakes::MakeToyPlan());
    supervisor->Start();
  }
  Shards to_one = {0, 1, 2, 3};
  Shards to_two;
  fixture_.log.Share(0, to_one);
  fixture_.log.Share(1, to_two);
  for (int i = 1; i <= 20; ++i) {
    Append(20);
    std::swap(to_one, to_two);
    fixture_.log.Share(to_one.empty() ? 0 : 1, Shards());
    fixture_.log.Share(to_one.empty() ? 1 : 0, Shards{0, 1, 2, 3});
    EXPECT_TRUE(Emits(20 * static_cast<size_t>(i)));
  }
  EXPECT_EQ(fixture_.Metric("sluice_shard_fenced_total{stage=\"toy\"}"), 0);
}

TEST_F(SharedShardsTest, AreNotGivenUpWhileTheyAreAtWork) {
  absl::Notification stuck;
  absl::Notification freed;
  StagePlan plan = fakes::MakeToyPlan();
  plan.make = [&](log::Partition, const Wake&) -> absl::StatusOr<std::unique_ptr<stage::Stage>> {
    return std::make_unique<StuckStage>(stuck, freed);
  };
  Supervisor supervisor(Shared(), fixture_.base(), fixture_.registry);
  supervisor.Add(std::move(plan));
  supervisor.Add(fakes::MakeToyPlan("other"));
  supervisor.Start();
  fixture_.log.Share(0, Shards{0});
  fixture_.log.AppendTo("raw-pages", 0, "k", fakes::MakeToyPage("a", 0));
  stuck.WaitForNotification();
  absl::Notification given_up;
  std::jthread share([&] {
    fixture_.log.Share(0, Shards());
    given_up.Notify();
  });
  ASSERT_TRUE(Eventually([&] { return supervisor.Status()[0].state == ShardState::kStandby; }));
  EXPECT_FALSE(given_up.HasBeenNotified());
  EXPECT_FALSE(supervisor.Status()[0].freshness.has_value());
  freed.Notify();
  given_up.WaitForNotification();
}

TEST_F(SharedShardsTest, AreToldApartByStageAndReplicasAreNotShared) {
  Supervisor supervisor(Shared(), fixture_.base(), fixture_.registry);
  StagePlan replica = fakes::MakeToyPlan("replica", "documents", "deduped");
  replica.replica = true;
  supervisor.Add(std::move(replica));
  supervisor.Add(fakes::MakeToyPlan("one"));
  supervisor.Add(fakes::MakeToyPlan("two", "documents", "deduped"));
  supervisor.Start();
  EXPECT_EQ(fixture_.log.members(), 2);
  fixture_.log.Share(0, Shards{1, 3});
  fixture_.log.Share(1, Shards{0});
  fixture_.log.Share(0, Shards{1});
  const auto running = [&] {
    std::vector<std::string> names;
    for (const auto& shard : supervisor.Status()) {
      if (shard.state != ShardState::kRunning) continue;
      names.push_back(fmt::format("{}.{}", shard.stage, shard.partition));
    }
    return names;
  };
  const std::vector<std::string> expected = {"replica.0", "one.1", "two.0"};
  EXPECT_TRUE(Eventually([&] { return running() == expected; }))
      << fmt::format("{}", fmt::join(running(), " "));
}

TEST_F(SharedShardsTest, HaveMetricsOnlyWhereTheyRun) {
  Supervisor supervisor(Shared(), fixture_.base(), fixture_.registry);
  supervisor.Add(fakes::MakeToyPlan());
  supervisor.Start();
  fixture_.log.Share(0, Shards{1});
  EXPECT_TRUE(Runs(supervisor, {1}));
  supervisor.UpdateGauges();
  EXPECT_EQ(fixture_.Metric("sluice_shard_state{shard=\"1\",stage=\"toy\"}"), 4);
  EXPECT_EQ(fixture_.Metric("sluice_shard_state{shard=\"0\",stage=\"toy\"}"), -1);
  fixture_.log.Share(0, Shards{0});
  EXPECT_TRUE(Runs(supervisor, {0}));
  supervisor.UpdateGauges();
  EXPECT_EQ(fixture_.Metric("sluice_shard_state{shard=\"1\",stage=\"toy\"}"), -1);
  EXPECT_EQ(fixture_.Metric("sluice_lag_records{shard=\"1\",stage=\"toy\"}"), -1);
  EXPECT_EQ(fixture_.Metric("sluice_shard_state{shard=\"0\",stage=\"toy\"}"), 4);
}

TEST_F(SharedShardsTest, EndTheProcessWhereItMayNotJoin) {
  Supervisor supervisor(Shared(), fixture_.base(), fixture_.registry);
  supervisor.Add(fakes::MakeToyPlan());
  supervisor.Start();
  fixture_.log.Share(0, absl::UnavailableError("no broker answers"));
  fixture_.log.Share(0, absl::FailedPreconditionError("the group is not allowed"));
  EXPECT_EQ(supervisor.Wait().message(), "the group is not allowed");
}

TEST_F(SharedShardsTest, AreDrainedWhileTheyMove) {
  Supervisor supervisor(Shared(), fixture_.base(), fixture_.registry);
  supervisor.Add(fakes::MakeToyPlan());
  supervisor.Start();
  std::atomic<bool> over = false;
  std::jthread mover([&] {
    for (log::Partition p = 0; !over; ++p) fixture_.log.Share(0, Shards{p % 4, (p + 1) % 4});
  });
  Append(100);
  EXPECT_TRUE(Emits(100));
  over = true;
  mover.join();
  EXPECT_TRUE(supervisor.Drain().ok());
}

}  // namespace
}  // namespace sluice::runtime
