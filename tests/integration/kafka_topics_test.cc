// Topics on a real broker: what is missing is made, what is wrong is named, and mended when told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/base/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/kafka/kafka_log.h"
#include "pipeline/log/topics.h"
#include "tests/integration/kafka_admin.h"
#include "tests/integration/kafka_broker.h"
#include "tests/support/temporary_directory.h"

namespace sluice::kafka {
namespace {

using integration::KafkaBroker;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

log::Spec EchoSpec() {
  return {.stage = "echo",
          .inputs = {std::string(log::kRawPages)},
          .outputs = {std::string(log::kDocuments)},
          .tables = {{.name = "counts"}}};
}

std::string Message(const absl::Status& status) { return std::string(status.message()); }

class KafkaTopicsTest : public testing::Test {
 protected:
  KafkaTopicsTest() : prefix_(KafkaBroker::Shared().UniquePrefix()) {}

  Options MakeOptions() const {
    Options options;
    options.bootstrap_servers = KafkaBroker::Shared().bootstrap();
    options.topic_prefix = prefix_;
    options.partitions = 2;
    options.state_directory = directory_.path();
    options.open_wait_max = absl::Minutes(1);
    return options;
  }

  std::unique_ptr<KafkaLog> MakeLog(const Options& options) const {
    auto log = KafkaLog::Create(options, clock_);
    EXPECT_TRUE(log.ok()) << log.status();
    return *std::move(log);
  }

  static absl::Status OpenStatus(KafkaLog& log) {
    return log.OpenWorker(EchoSpec(), 0, [](auto, auto, auto) {}, {}).status();
  }

  std::string Topic(std::string_view topic) const { return prefix_ + std::string(topic); }

  base::SystemClock clock_;
  const std::string prefix_;
  const support::TemporaryDirectory directory_;
};

TEST_F(KafkaTopicsTest, RefusesToStartWithoutTopicsThatItMayNotMake) {
  Options options = MakeOptions();
  options.create_topics = false;
  auto log = MakeLog(options);
  absl::Status status = OpenStatus(*log);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Message(status), HasSubstr(Topic(log::kRawPages) + " is missing"));
  const std::vector<log::Spec> specs = {EchoSpec()};
  auto plan = log->PlanTopics(specs);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->Describe(), HasSubstr("create " + Topic("echo-state.counts")));
  ASSERT_TRUE(log->ApplyTopics(*plan).ok());
  plan = log->PlanTopics(specs);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->empty()) << plan->Describe();
  EXPECT_TRUE(OpenStatus(*log).ok());
}

TEST_F(KafkaTopicsTest, NamesWhatIsWrongWithATopicAndMendsItWhenTold) {
  const absl::Status made = integration::CreateTopic(
      KafkaBroker::Shared().bootstrap(), Topic(log::kDocuments), 1,
      {{"message.timestamp.type", "CreateTime"}, {"segment.ms", "123456"}, {"retention.ms", "-1"}});
  ASSERT_TRUE(made.ok()) << made;
  auto log = MakeLog(MakeOptions());
  const absl::Status status = OpenStatus(*log);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Message(status),
              HasSubstr(Topic(log::kDocuments) + " has message.timestamp.type=CreateTime"));
  EXPECT_THAT(Message(status), Not(HasSubstr(Topic(log::kRawPages))));
  auto plan = log->PlanTopics({});
  ASSERT_TRUE(plan.ok()) << plan.status();
  const absl::Status applied = log->ApplyTopics(*plan);
  ASSERT_TRUE(applied.ok()) << applied;
  const absl::Status opened = OpenStatus(*log);
  EXPECT_TRUE(opened.ok()) << opened;
  const auto configs =
      integration::TopicConfigs(KafkaBroker::Shared().bootstrap(), Topic(log::kDocuments));
  EXPECT_THAT(configs, Contains(Pair("message.timestamp.type", "LogAppendTime")));
  // What others have set, and what keeps more than it must, is left.
  EXPECT_THAT(configs, Contains(Pair("segment.ms", "123456")));
  EXPECT_THAT(configs, Contains(Pair("retention.ms", "-1")));
}

TEST_F(KafkaTopicsTest, RefusesAChangelogThatForgetsWhatWasErasedTooEarly) {
  // As made by hand, with a day of Kafka's own.
  const std::string bootstrap = KafkaBroker::Shared().bootstrap();
  const absl::Status made = integration::CreateTopic(bootstrap, Topic("echo-state.counts"), 2,
                                                     {{"cleanup.policy", "compact"},
                                                      {"message.timestamp.type", "LogAppendTime"},
                                                      {"max.message.bytes", "20000000"}});
  ASSERT_TRUE(made.ok()) << made;
  auto log = MakeLog(MakeOptions());
  const absl::Status status = OpenStatus(*log);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Message(status),
              HasSubstr(Topic("echo-state.counts") +
                        " has delete.retention.ms=86400000 instead of 604800000 or more"));
  const std::vector<log::Spec> specs = {EchoSpec()};
  auto plan = log->PlanTopics(specs);
  ASSERT_TRUE(plan.ok()) << plan.status();
  const absl::Status applied = log->ApplyTopics(*plan);
  ASSERT_TRUE(applied.ok()) << applied;
  const absl::Status opened = OpenStatus(*log);
  EXPECT_TRUE(opened.ok()) << opened;
}

TEST_F(KafkaTopicsTest, TellsOnceOfATopicThatOnlyDiffers) {
  const absl::Status made =
      integration::CreateTopic(KafkaBroker::Shared().bootstrap(), Topic(log::kDocuments), 1,
                               {{"message.timestamp.type", "LogAppendTime"},
                                {"max.message.bytes", "20000000"},
                                {"retention.ms", "3600000"}});
  ASSERT_TRUE(made.ok()) << made;
  std::vector<std::string> told;
  Options options = MakeOptions();
  options.on_waiting = [&](std::string_view who, std::string_view why) {
    if (why.find("retention.ms=3600000") != std::string_view::npos) {
      told.push_back(fmt::format("{}: {}", who, why));
    }
  };
  auto log = MakeLog(options);
  for (int i = 0; i < 2; ++i) {
    const absl::Status opened = OpenStatus(*log);
    EXPECT_TRUE(opened.ok()) << opened;
  }
  EXPECT_THAT(told, ElementsAre(StartsWith("echo.0: topic " + Topic(log::kDocuments))));
}

}  // namespace
}  // namespace sluice::kafka
