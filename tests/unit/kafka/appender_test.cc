#include "pipeline/kafka/appender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "pipeline/log/topics.h"
#include "tests/unit/kafka/mock_cluster.h"

namespace sluice::kafka {
namespace {

using ::testing::HasSubstr;

class AppenderTest : public testing::Test {
 protected:
  AppenderTest() {
    options_.bootstrap_servers = cluster_.bootstrap();
    options_.partitions = 1;
    for (const log::Topic& topic : log::Topics()) {
      cluster_.MakeTopic(options_.topic_prefix + std::string(topic.name));
    }
    auto appender = Appender::Create(options_, sizes_);
    EXPECT_TRUE(appender.ok()) << appender.status();
    appender_ = *std::move(appender);
  }

  // Appends, and waits for the answer.
  absl::Status Append() {
    absl::Status answer;
    absl::Notification answered;
    appender_->Append(log::kRawPages, "k", "v", [&](absl::Status status) {
      answer = std::move(status);
      answered.Notify();
    });
    answered.WaitForNotification();
    return answer;
  }

  MockCluster cluster_;
  Options options_;
  RecordSizes sizes_;
  std::unique_ptr<Appender> appender_;
};

TEST_F(AppenderTest, GoesOnWithANewClientWhereABrokerHasBrokenTheOld) {
  ASSERT_TRUE(Append().ok());
  // Twice: the first broken client must be gone, or going, for the second to be.
  for (int i = 0; i < 2; ++i) {
    cluster_.Push(kProduce, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
    const absl::Status broken = Append();
    EXPECT_EQ(broken.code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(broken.message()), HasSubstr("was not kept"));
    absl::Status later = Append();
    // While the client before is going.
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    while (absl::IsUnavailable(later) && absl::Now() < deadline) later = Append();
    EXPECT_TRUE(later.ok()) << later;
  }
}

TEST_F(AppenderTest, AnswersWhatIsInFlightBeforeABrokenClientGoes) {
  ASSERT_TRUE(Append().ok());
  cluster_.Push(kProduce, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
  constexpr int kRecords = 200;
  std::atomic<int> answers = 0;
  for (int i = 0; i < kRecords; ++i) {
    appender_->Append(log::kRawPages, "k", "v", [&](const absl::Status& status) {
      EXPECT_TRUE(status.ok() || absl::IsUnavailable(status)) << status;
      ++answers;
    });
  }
  appender_.reset();
  EXPECT_EQ(answers, kRecords);
}

}  // namespace
}  // namespace sluice::kafka
