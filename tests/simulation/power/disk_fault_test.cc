// A disk that is full, or fails at some operation, ends the log loudly. A new start finds all that
// was promised, also where the power goes after it.
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <string>

#include "absl/time/clock.h"
#include "pipeline/base/strings.h"
#include "tests/simulation/power/power_drill.h"
#include "tests/support/random_seed.h"

namespace sluice::power {
namespace {

using fakes::SimulatedDisk;
using Operation = SimulatedDisk::Operation;
using Fault = SimulatedDisk::Fault;

constexpr int kLogs = 6;
constexpr int kLives = 24;

// What fails, and whether the log has to say so. What it can do without is not told: RocksDB tries
// to remove a file again later, and what it could not read now is read when somebody asks.
struct Kind {
  std::string name;
  Operation operation;
  std::string part;
  bool loud = true;
};

class DiskFaultTest : public testing::Test {
 protected:
  void Live(PowerDrill& drill, const Kind& kind) {
    SimulatedDisk& disk = drill.disk();
    const uint64_t before = disk.faults();
    const bool opening = drill.Random(4) == 0;
    absl::Status status;
    if (!opening) {
      status = drill.Open();
      ASSERT_TRUE(status.ok()) << status;
    }
    Order(drill, kind);
    if (opening) status = drill.Open();
    const uint64_t steps = 100 + drill.Random(100);
    for (uint64_t step = 0; step < steps && status.ok(); ++step) status = drill.Step();
    const bool met = disk.faults() > before;
    // What opening can do without, such as a note of the options, is not told.
    if (met && kind.loud && !opening) {
      // What fails in the background is told soon after.
      const absl::Time deadline = absl::Now() + absl::Seconds(20);
      while (status.ok() && absl::Now() < deadline) status = drill.Step();
      EXPECT_FALSE(status.ok()) << kind.name;
    }
    if (met) ++met_[kind.name];
    if (!status.ok()) {
      EXPECT_TRUE(met) << status;
      EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
      ++told_[kind.name];
    }
    disk.EndFaults();
    if (drill.Random(2) == 0) {
      disk.EndProcess();
    } else {
      disk.CutPower();
    }
    drill.Close();
    disk.PowerOn();
    if (drill.Random(2) != 0) return;
    // What a new start has shown is promised, though a sync of it failed before.
    status = drill.Open();
    ASSERT_TRUE(status.ok()) << status;
    disk.CutPower();
    drill.Close();
    disk.PowerOn();
  }

  static void Order(PowerDrill& drill, const Kind& kind) {
    SimulatedDisk& disk = drill.disk();
    if (kind.name == "full") {
      disk.FillUpAfter(static_cast<int64_t>(drill.Random(600'000)));
      return;
    }
    const Fault fault = drill.Random(2) == 0 ? Fault::kNoSpace : Fault::kError;
    const uint64_t more = drill.Random(2) == 0 ? 0 : 1'000'000'000;
    disk.FailAt(kind.operation, kind.part, 1 + drill.Random(8), fault, more);
  }

  void Run(absl::Duration sync_interval, const std::vector<Kind>& kinds) {
    const uint64_t seed = support::RandomSeed();
    for (int log = 0; log < kLogs && !HasFailure(); ++log) {
      SCOPED_TRACE(fmt::format("seed {}, log {}", seed, log));
      PowerDrill drill(seed * 1000 + static_cast<uint64_t>(log), sync_interval);
      for (int life = 0; life < kLives && !HasFailure(); ++life) {
        const Kind& kind = kinds[static_cast<size_t>(log * kLives + life) % kinds.size()];
        SCOPED_TRACE(fmt::format("{}, {}", life, kind.name));
        Live(drill, kind);
      }
    }
    for (const Kind& kind : kinds) {
      std::cout << fmt::format("{}: {} met, {} told\n", kind.name, met_[kind.name],
                               told_[kind.name]);
      EXPECT_TRUE(HasFailure() || met_[kind.name] > 0) << kind.name;
    }
  }

  std::map<std::string, int> met_;
  std::map<std::string, int> told_;
};

const std::vector<Kind>& Kinds() {
  static const auto* kinds = new std::vector<Kind>{
      {.name = "full", .operation = Operation::kAppend, .part = ""},
      {.name = "append to the log", .operation = Operation::kAppend, .part = ".log"},
      {.name = "append to a table", .operation = Operation::kAppend, .part = ".sst"},
      {.name = "append to a blob file", .operation = Operation::kAppend, .part = ".blob"},
      {.name = "append to the manifest", .operation = Operation::kAppend, .part = "MANIFEST"},
      {.name = "sync a table", .operation = Operation::kSync, .part = ".sst"},
      {.name = "sync a blob file", .operation = Operation::kSync, .part = ".blob"},
      {.name = "sync the manifest", .operation = Operation::kSync, .part = "MANIFEST"},
      {.name = "sync the directory", .operation = Operation::kSyncDirectory, .part = ""},
      {.name = "make a file", .operation = Operation::kCreate, .part = ""},
      {.name = "remove", .operation = Operation::kRemove, .part = "", .loud = false},
      {.name = "read", .operation = Operation::kRead, .part = "", .loud = false},
  };
  return *kinds;
}

TEST_F(DiskFaultTest, WithASyncACommitIsToldAndLosesNothing) {
  std::vector<Kind> kinds = Kinds();
  kinds.push_back({.name = "sync the log", .operation = Operation::kSync, .part = ".log"});
  Run(absl::ZeroDuration(), kinds);
}

TEST_F(DiskFaultTest, WithAnIntervalIsToldAndLosesNothingThatWasSeen) {
  Run(absl::Milliseconds(100), Kinds());
}

}  // namespace
}  // namespace sluice::power
