// Single moments at which the power goes; tests/simulation/power has all others.
#include <gtest/gtest.h>

#include <atomic>

#include "pipeline/base/strings.h"
#include "tests/fakes/simulated_disk.h"
#include "tests/unit/embedded/embedded_fixture.h"

namespace sluice::embedded {
namespace {

class PowerCutTest : public EmbeddedFixture {
 protected:
  void SetUp() override {
    EmbeddedFixture::SetUp();
    options_.env = disk_.env();
    Reopen();
  }
  // `cut`: it went before.
  void ReopenAfterPowerCut() {
    disk_.CutPower();
    log_.reset();
    disk_.PowerOn();
    Reopen();
  }

  fakes::SimulatedDisk disk_{1};
};

// RocksDB syncs the names in its directory; its directory's own name is ours to sync.
TEST_F(PowerCutTest, LeavesTheFirstCommitOfANewDirectory) {
  for (int i = 0; i < 10; ++i) {
    SCOPED_TRACE(i);
    fakes::SimulatedDisk disk(static_cast<uint64_t>(i));
    options_.env = disk.env();
    Reopen();
    ASSERT_TRUE(Emit(*Writer(), "documents", "a").ok());
    disk.CutPower();
    log_.reset();
    disk.PowerOn();
    Reopen();
    EXPECT_EQ(*Values(*Reader("documents")), std::vector<std::string>{"a"});
    log_.reset();
  }
}

// Files are removed at once and for good, so the mark below which all is gone has to be there
// first.
TEST_F(PowerCutTest, NeverBringsBackAStartWhoseRecordsAreGone) {
  options_.sync_interval = absl::Milliseconds(100);
  options_.memory.write_buffers_bytes = 1 << 20;
  ReopenAfterPowerCut();
  uint64_t count = 0;
  for (int round = 0; round < 3; ++round) {
    const uint64_t begin = count;
    {
      const auto writer = Writer();
      const auto add = [&](uint64_t end) {
        while (count < end) {
          const std::string value = fmt::format("{} {}", ++count, std::string(20'000, '.'));
          ASSERT_TRUE(Emit(*writer, "documents", value).ok());
        }
      };
      add(begin + 100);
      // Has what is left compacted into files that the next trim removes whole.
      ASSERT_TRUE(log_->TrimTo("documents", 0, begin + 10).ok());
      add(begin + 105);
      ASSERT_TRUE(log_->Sync().ok());
      std::atomic<bool> removed = false;
      disk_.BeforeRemoval(".sst", [&] {
        disk_.CutPower();
        removed = true;
      });
      ASSERT_TRUE(log_->TrimTo("documents", 0, begin + 100).ok());
      disk_.BeforeRemoval("", nullptr);
      ASSERT_TRUE(removed);
    }
    ReopenAfterPowerCut();
    const auto values = Values(*Replica("documents"));
    ASSERT_TRUE(values.ok()) << values.status();
    ASSERT_FALSE(values->empty());
    EXPECT_TRUE(values->front().starts_with(fmt::format("{} ", begin + 101)))
        << values->front().substr(0, 10);
    EXPECT_TRUE(log_->Trim().ok());
  }
}

}  // namespace
}  // namespace sluice::embedded
