#include "pipeline/kafka/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "pipeline/base/clock.h"
#include "pipeline/kafka/kafka_log.h"
#include "sluice/config/v1/log.pb.h"

namespace sluice::kafka {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

config::v1::KafkaLog MinimalConfig() {
  config::v1::KafkaLog config;
  config.set_bootstrap_servers("127.0.0.1:9092");
  config.set_state_directory("/tmp/state");
  return config;
}

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(KafkaOptionsTest, FillsInWhatTheConfigurationLeavesOut) {
  const auto options = FromConfig(MinimalConfig());
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->topic_prefix, "sluice.");
  EXPECT_EQ(options->partitions, 8U);
  EXPECT_EQ(options->replication_factor, 0);
  EXPECT_TRUE(options->create_topics);
}

TEST(KafkaOptionsTest, TakesWhatTheConfigurationSays) {
  config::v1::KafkaLog config = MinimalConfig();
  config.set_topic_prefix("other_2.a-");
  config.set_partitions(3);
  config.set_replication_factor(2);
  config.set_create_topics(false);
  (*config.mutable_properties())["security.protocol"] = "SASL_SSL";
  const auto options = FromConfig(config);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->bootstrap_servers, "127.0.0.1:9092");
  EXPECT_EQ(options->topic_prefix, "other_2.a-");
  EXPECT_EQ(options->partitions, 3U);
  EXPECT_EQ(options->replication_factor, 2);
  EXPECT_FALSE(options->create_topics);
  EXPECT_EQ(options->state_directory, "/tmp/state");
  EXPECT_EQ(options->properties.at("security.protocol"), "SASL_SSL");
}

TEST(KafkaOptionsTest, RefusesAPrefixThatNoTopicCanHave) {
  config::v1::KafkaLog config = MinimalConfig();
  config.set_topic_prefix("a b/");
  EXPECT_THAT(Message(FromConfig(config).status()),
              HasSubstr("log.kafka.topic_prefix is \"a b/\""));
  config.set_topic_prefix(std::string(151, 'x'));
  EXPECT_FALSE(FromConfig(config).ok());
}

TEST(KafkaOptionsTest, RefusesPropertiesThatLibrdkafkaDoesNotTake) {
  config::v1::KafkaLog config = MinimalConfig();
  (*config.mutable_properties())["bogus.property"] = "secret";
  std::string message = Message(FromConfig(config).status());
  EXPECT_THAT(message, HasSubstr("knows no property bogus.property"));
  EXPECT_THAT(message, Not(HasSubstr("secret")));
  config.clear_properties();
  (*config.mutable_properties())["security.protocol"] = "secret";
  message = Message(FromConfig(config).status());
  EXPECT_THAT(message, HasSubstr("the value of security.protocol"));
  EXPECT_THAT(message, Not(HasSubstr("secret")));
}

TEST(KafkaOptionsTest, RefusesNumbersThatNoClusterHas) {
  config::v1::KafkaLog config = MinimalConfig();
  config.set_partitions(1024);
  EXPECT_TRUE(FromConfig(config).ok());
  config.set_partitions(1025);
  EXPECT_THAT(Message(FromConfig(config).status()), HasSubstr("log.kafka.partitions is 1025"));
  config = MinimalConfig();
  config.set_replication_factor(32768);
  EXPECT_THAT(Message(FromConfig(config).status()),
              HasSubstr("log.kafka.replication_factor is 32768"));
}

TEST(KafkaOptionsTest, NamesWhatIsMissing) {
  config::v1::KafkaLog config = MinimalConfig();
  config.clear_bootstrap_servers();
  EXPECT_THAT(Message(FromConfig(config).status()), HasSubstr("bootstrap_servers"));
  config = MinimalConfig();
  config.clear_state_directory();
  EXPECT_THAT(Message(FromConfig(config).status()), HasSubstr("state_directory"));
}

TEST(KafkaOptionsTest, RefusesPropertiesThatExactlyOnceRestsOn) {
  for (const char* name :
       {"acks", "auto.offset.reset", "bootstrap.servers", "delivery.report.only.error",
        "enable.auto.commit", "enabled_events", "log.queue", "enable.idempotence", "group.id",
        "isolation.level", "message.max.bytes", "transaction.timeout.ms", "transactional.id"}) {
    config::v1::KafkaLog config = MinimalConfig();
    config.mutable_properties()->insert({name, "1"});
    const absl::Status status = FromConfig(config).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_THAT(Message(status), HasSubstr(name));
  }
  EXPECT_FALSE(OwnedProperty("security.protocol"));
  EXPECT_FALSE(OwnedProperty("fetch.wait.max.ms"));
}

TEST(KafkaOptionsTest, RefusesWhatLibrdkafkaDoesWithoutTellingTheValue) {
  const base::SystemClock clock;
  Options options;
  options.bootstrap_servers = "127.0.0.1:9";
  options.properties = {{"sasl.mechanisms", "hunter2"}, {"socket.timeout.ms", "hunter2"}};
  absl::Status status = KafkaLog::Create(options, clock).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Message(status), HasSubstr("socket.timeout.ms"));
  EXPECT_THAT(Message(status), Not(HasSubstr("hunter2")));

  options.properties = {{"no.such.property", "1"}};
  status = KafkaLog::Create(options, clock).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Message(status), HasSubstr("no.such.property"));
}

}  // namespace
}  // namespace sluice::kafka
