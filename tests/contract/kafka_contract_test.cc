// The contract over Kafka, with a real broker that the program starts.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "pipeline/base/strings.h"
#include "pipeline/kafka/kafka_log.h"
#include "tests/contract/log_contract.h"
#include "tests/integration/kafka_admin.h"
#include "tests/integration/kafka_broker.h"
#include "tests/support/temporary_directory.h"

namespace sluice::contract {
namespace {

using integration::KafkaBroker;

class KafkaHarness final : public LogHarness {
 public:
  explicit KafkaHarness(const Setup& setup) : prefix_(KafkaBroker::Shared().UniquePrefix()) {
    const absl::Status made = Make(setup);
    EXPECT_TRUE(made.ok()) << made;
  }
  log::Log& log() override { return *log_; }
  log::Log& twin() override { return *twin_; }
  absl::Status Reopen(const Setup& setup) override { return Make(setup); }
  base::Clock& clock() override { return clock_; }
  absl::Duration patience() const override { return absl::Seconds(60); }

  bool Trim(std::string_view topic, log::Partition partition, uint64_t offset) override {
    const absl::Status status = integration::DeleteRecordsBefore(
        KafkaBroker::Shared().bootstrap(), prefix_ + std::string(topic), partition, offset);
    EXPECT_TRUE(status.ok()) << status;
    return status.ok();
  }

  bool FailNextCommit(bool applied) override {
    fail_at_ = applied ? kafka::kStepRemember : kafka::kStepCommit;
    return true;
  }
  uint64_t faults_fired() const override { return fired_; }
  int model_turns() const override { return 120; }

 private:
  absl::Status Make(const Setup& setup) {
    log_.reset();
    twin_.reset();
    for (const bool twin : {false, true}) {
      kafka::Options options;
      options.bootstrap_servers = KafkaBroker::Shared().bootstrap();
      options.topic_prefix = prefix_;
      options.partitions = setup.keyed_partitions;
      options.state_directory = directory_.Path(twin ? "twin" : "state");
      options.open_wait_max = absl::Minutes(1);
      options.on_step = [this](std::string_view step) { return OnStep(step); };
      auto log = kafka::KafkaLog::Create(std::move(options), clock_);
      if (!log.ok()) return log.status();
      (twin ? twin_ : log_) = *std::move(log);
    }
    return absl::OkStatus();
  }

  absl::Status OnStep(std::string_view step) {
    if (fail_at_.empty() || step != fail_at_) return absl::OkStatus();
    fail_at_ = {};
    ++fired_;
    return absl::CancelledError("the commit's answer is lost");
  }

  const std::string prefix_;
  const support::TemporaryDirectory directory_;
  base::SystemClock clock_;
  std::string_view fail_at_;
  uint64_t fired_ = 0;
  std::unique_ptr<kafka::KafkaLog> log_;
  std::unique_ptr<kafka::KafkaLog> twin_;
};

const LogFactory kKafka = {
    "kafka", [](const LogHarness::Setup& setup) { return std::make_unique<KafkaHarness>(setup); }};

INSTANTIATE_TEST_SUITE_P(Kafka, LogContract, testing::Values(kKafka));

}  // namespace
}  // namespace sluice::contract
