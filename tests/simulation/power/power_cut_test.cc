// The power goes at any moment: while the log is opened, commits, syncs, trims, or works in the
// background. What is left is a whole that once was, with all that was promised.
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <string>

#include "pipeline/base/strings.h"
#include "tests/simulation/power/power_drill.h"
#include "tests/support/random_seed.h"

namespace sluice::power {
namespace {

constexpr int kLogs = 12;   // Each from its first opening on,
constexpr int kLives = 16;  // opened so often.

class PowerCutTest : public testing::Test {
 protected:
  // Opens, works for a while, and ends somehow.
  void Live(PowerDrill& drill) {
    fakes::SimulatedDisk& disk = drill.disk();
    if (drill.Random(3) == 0) disk.CutPowerAfter(1 + drill.Random(100));
    absl::Status status = drill.Open();
    if (status.ok() && drill.Random(3) > 0) disk.CutPowerAfter(1 + drill.Random(500));
    for (uint64_t steps = drill.Random(200); steps > 0 && status.ok() && disk.power(); --steps) {
      status = drill.Step();
    }
    ASSERT_TRUE(status.ok() || !disk.power()) << drill.phase() << ": " << status;
    if (disk.power() && drill.Random(3) == 0) {
      disk.EndProcess();
      drill.ExpectAll();
      ++kills_;
    } else {
      ++cuts_[disk.power() ? "rest" : drill.phase()];
      disk.CutPower();
    }
    drill.Close();
    loss_ += disk.PowerOn();
  }

  void Run(absl::Duration sync_interval) {
    const uint64_t seed = support::RandomSeed();
    for (int log = 0; log < kLogs && !HasFailure(); ++log) {
      SCOPED_TRACE(fmt::format("seed {}, log {}", seed, log));
      PowerDrill drill(seed * 1000 + static_cast<uint64_t>(log), sync_interval);
      for (int life = 0; life < kLives && !HasFailure(); ++life) {
        SCOPED_TRACE(life);
        Live(drill);
      }
      if (HasFailure()) break;
      const PowerDrill::Tally& tally = drill.tally();
      tally_.opened += tally.opened;
      tally_.commits += tally.commits;
      tally_.commits_lost += tally.commits_lost;
      tally_.seen += tally.seen;
      tally_.trimmed += tally.trimmed;
      tally_.compared += tally.compared;
      tally_.oldest_lost = std::max(tally_.oldest_lost, tally.oldest_lost);
    }
    for (const auto& [phase, count] : cuts_) std::cout << count << " cuts in " << phase << ", ";
    std::cout << fmt::format(
        "{} kills; {} bytes, {} names lost, {} files torn, {} with holes; {} opened, {} of {} "
        "commits lost, the oldest {} old; {} records seen, {} compared, {} trims\n",
        kills_, loss_.bytes, loss_.names, loss_.torn_files, loss_.holed_files, tally_.opened,
        tally_.commits_lost, tally_.commits, absl::FormatDuration(tally_.oldest_lost), tally_.seen,
        tally_.compared, tally_.trimmed);
    if (HasFailure()) return;
    // The cuts did cut, everywhere.
    for (const char* phase : {"open", "commit", "trim", "rest"})
      EXPECT_GT(cuts_[phase], 0) << phase;
    EXPECT_GT(kills_, 0);
    EXPECT_GT(loss_.bytes, 0);
    EXPECT_GT(loss_.names, 0);
    EXPECT_GT(loss_.torn_files, 0);
    EXPECT_GT(loss_.holed_files, 0);
    EXPECT_GT(tally_.commits_lost, 0);
    EXPECT_GT(tally_.seen, 0);
  }

  std::map<std::string, uint64_t> cuts_;
  uint64_t kills_ = 0;
  fakes::DiskContents::Loss loss_;
  PowerDrill::Tally tally_;
};

TEST_F(PowerCutTest, WithASyncACommitTakesNothingThatWasAcknowledged) { Run(absl::ZeroDuration()); }

TEST_F(PowerCutTest, WithAnIntervalTakesItsLastCommitsAloneAndNothingThatWasSeen) {
  constexpr absl::Duration kInterval = absl::Milliseconds(100);
  Run(kInterval);
  EXPECT_LE(tally_.oldest_lost, kInterval + absl::Milliseconds(20));
}

}  // namespace
}  // namespace sluice::power
