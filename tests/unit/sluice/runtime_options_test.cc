#include "services/sluice/runtime_options.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

TEST(RuntimeOptionsTest, TakesWhatIsSetAndDefaultsTheRest) {
  config::v1::Runtime config;
  config.set_dead_letter_bytes_max(1 << 20);
  const auto options = RuntimeOptions::Create(config);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->supervisor.runner.dead_letter_bytes_max, 1U << 20);
  EXPECT_EQ(options->supervisor.runner.heartbeat_interval, absl::Seconds(10));
}

TEST(RuntimeOptionsTest, RefusesDeadLettersThatNoRecordHolds) {
  config::v1::Runtime config;
  config.set_dead_letter_bytes_max(1'835'008);
  EXPECT_TRUE(RuntimeOptions::Create(config).ok());
  config.set_dead_letter_bytes_max(1'835'009);
  const absl::Status status = RuntimeOptions::Create(config).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "runtime.dead_letter_bytes_max is 1835009; it is at most 1835008");
}

TEST(RuntimeOptionsTest, RefusesThreadsThatNoMachineHas) {
  config::v1::Runtime config;
  config.set_threads(1024);
  EXPECT_TRUE(RuntimeOptions::Create(config).ok());
  config.set_threads(4'294'967'295);
  EXPECT_EQ(RuntimeOptions::Create(config).status().message(),
            "runtime.threads is 4294967295; it is at most 1024");
}

TEST(RuntimeOptionsTest, RefusesAnOrdinalThatNoReplicaHas) {
  config::v1::Runtime config;
  config.set_replicas(2);
  config.set_ordinal(2);
  EXPECT_EQ(RuntimeOptions::Create(config).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(RuntimeOptionsTest, SharesShardsWhereAGroupOwnsThem) {
  config::v1::Runtime config;
  EXPECT_FALSE(RuntimeOptions::Create(config)->supervisor.shared);
  config.set_ownership("group");
  EXPECT_TRUE(RuntimeOptions::Create(config)->supervisor.shared);
  config.set_replicas(2);
  EXPECT_EQ(RuntimeOptions::Create(config).status().message(),
            "runtime.ordinal and runtime.replicas say nothing where runtime.ownership is group: "
            "leave them out");
  config.set_ownership("grup");
  EXPECT_EQ(RuntimeOptions::Create(config).status().message(),
            "runtime.ownership is \"grup\"; it is ordinal or group");
}

}  // namespace
}  // namespace sluice::cli
