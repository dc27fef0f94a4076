// The contract over the embedded log: with a sync a commit, and with one every few milliseconds.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "pipeline/embedded/embedded_log.h"
#include "tests/contract/log_contract.h"
#include "tests/fakes/manual_clock.h"
#include "tests/support/temporary_directory.h"

namespace sluice::contract {
namespace {

class EmbeddedHarness final : public LogHarness {
 public:
  explicit EmbeddedHarness(absl::Duration sync_interval) : sync_interval_(sync_interval) {}

  log::Log& log() override { return *log_; }
  absl::Status Reopen(const Setup& setup) override {
    Close();
    embedded::EmbeddedLog::Options options;
    options.directory = directory_.path();
    options.keyed_partitions = setup.keyed_partitions;
    options.sync_interval = sync_interval_;
    options.memory = {.cache_bytes = 8 << 20, .write_buffers_bytes = 4 << 20};
    auto opened = embedded::EmbeddedLog::Open(options, clock_);
    if (!opened.ok()) return opened.status();
    log_ = *std::move(opened);
    if (sync_interval_ > absl::ZeroDuration()) {
      syncer_ = std::jthread([this](const std::stop_token& stop) {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any never;
        while (!stop.stop_requested()) {
          EXPECT_TRUE(log_->Sync().ok());
          never.wait_for(lock, stop, std::chrono::milliseconds(2), [] { return false; });
        }
      });
    }
    return absl::OkStatus();
  }
  base::Clock& clock() override { return clock_; }
  void PassTime(absl::Duration duration) override { clock_.Advance(duration); }
  absl::Duration patience() const override { return absl::Seconds(30); }
  bool Trim(std::string_view topic, log::Partition partition, uint64_t offset) override {
    const absl::Status status = log_->TrimTo(topic, partition, offset);
    EXPECT_TRUE(status.ok()) << status;
    return true;
  }
  int model_turns() const override { return 600; }

 private:
  void Close() {
    syncer_ = {};
    log_.reset();
  }

  const absl::Duration sync_interval_;
  const support::TemporaryDirectory directory_;
  fakes::ManualClock clock_;
  std::unique_ptr<embedded::EmbeddedLog> log_;
  std::jthread syncer_;  // Ends before the log.
};

LogFactory Factory(std::string name, absl::Duration sync_interval) {
  return {std::move(name),
          [sync_interval](const LogHarness::Setup& setup) -> std::unique_ptr<LogHarness> {
            auto harness = std::make_unique<EmbeddedHarness>(sync_interval);
            const absl::Status status = harness->Reopen(setup);
            EXPECT_TRUE(status.ok()) << status;
            return status.ok() ? std::move(harness) : nullptr;
          }};
}

INSTANTIATE_TEST_SUITE_P(EmbeddedSyncingEach, LogContract,
                         testing::Values(Factory("syncing each", absl::ZeroDuration())));
INSTANTIATE_TEST_SUITE_P(EmbeddedSyncingNowAndThen, LogContract,
                         testing::Values(Factory("syncing now and then", absl::Milliseconds(5))));

}  // namespace
}  // namespace sluice::contract
