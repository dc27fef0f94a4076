// The contract over the in-memory log.
#include "tests/contract/log_contract.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/memory_log.h"

namespace sluice::contract {
namespace {

class MemoryHarness final : public LogHarness {
 public:
  explicit MemoryHarness(const Setup& setup)
      : log_({.keyed_partitions = setup.keyed_partitions}, clock_) {}

  log::Log& log() override { return log_; }
  absl::Status Reopen(const Setup& setup) override {
    log_.Restart(fakes::MemoryLog::Options{.keyed_partitions = setup.keyed_partitions});
    return absl::OkStatus();
  }
  base::Clock& clock() override { return clock_; }
  void PassTime(absl::Duration duration) override { clock_.Advance(duration); }
  absl::Duration patience() const override { return absl::ZeroDuration(); }
  bool Trim(std::string_view topic, log::Partition partition, uint64_t offset) override {
    log_.Trim(topic, partition, offset);
    return true;
  }
  bool FailNextCommit(bool applied) override {
    using Effect = fakes::MemoryLog::Effect;
    log_.FailCommit(1, absl::CancelledError("in doubt"),
                    applied ? Effect::kApplied : Effect::kNone);
    return true;
  }
  uint64_t faults_fired() const override { return log_.faults_fired(); }
  int model_turns() const override { return 3000; }

 private:
  fakes::ManualClock clock_;
  fakes::MemoryLog log_;
};

const LogFactory kMemory = {"memory", [](const LogHarness::Setup& setup) {
                              return std::make_unique<MemoryHarness>(setup);
                            }};

INSTANTIATE_TEST_SUITE_P(Memory, LogContract, testing::Values(kMemory));

}  // namespace
}  // namespace sluice::contract
