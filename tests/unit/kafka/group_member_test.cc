#include "pipeline/kafka/group_member.h"

#include <gtest/gtest.h>

#include <memory>

#include "absl/synchronization/mutex.h"
#include "pipeline/log/topics.h"
#include "tests/unit/kafka/mock_cluster.h"

namespace sluice::kafka {
namespace {

class GroupMemberTest : public testing::Test {
 protected:
  GroupMemberTest() {
    options_.bootstrap_servers = cluster_.bootstrap();
    cluster_.MakeTopic(options_.topic_prefix + std::string(log::kRawPages));
  }

  std::unique_ptr<GroupMember> Join(GroupMember::Prepare prepare) {
    const log::Spec spec{
        .stage = "reader", .inputs = {std::string(log::kRawPages)}, .outputs = {}, .tables = {}};
    auto member = GroupMember::Join(options_, spec, std::move(prepare), [this](const auto& owned) {
      const absl::MutexLock lock(&mutex_);
      told_.push_back(owned.status());
    });
    EXPECT_TRUE(member.ok()) << member.status();
    return *std::move(member);
  }
  // What it was told, once there are so many.
  std::vector<absl::Status> Told(size_t count) {
    const absl::MutexLock lock(&mutex_);
    const auto enough = [this, count]()
                            ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return told_.size() >= count; };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(30)));
    return told_;
  }

  MockCluster cluster_;
  Options options_;
  absl::Mutex mutex_;
  std::vector<absl::Status> told_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(GroupMemberTest, SaysWhereTheGroupIsForbidden) {
  cluster_.Push(kJoinGroup, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
  const auto member = Join([](const std::stop_token&) { return absl::OkStatus(); });
  const absl::Status status = Told(1).front();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_NE(status.ToString().find("reader: sharing the shards"), std::string::npos) << status;
}

TEST_F(GroupMemberTest, TriesAgainUntilTheTopicsAreThere) {
  int left = 3;
  const auto member = Join([&left](const std::stop_token&) {
    return --left > 0 ? absl::UnavailableError("no broker answers") : absl::OkStatus();
  });
  const std::vector<absl::Status> told = Told(3);
  EXPECT_EQ(told[0].message(), "no broker answers");
  EXPECT_EQ(told[1].message(), "no broker answers");
  EXPECT_TRUE(told[2].ok()) << told[2];
}

TEST_F(GroupMemberTest, DoesNotJoinWhereTheTopicsAreRefused) {
  const auto member = Join([](const std::stop_token&) {
    return absl::FailedPreconditionError("raw-pages keeps too little");
  });
  EXPECT_EQ(Told(1).front().message(), "raw-pages keeps too little");
}

TEST_F(GroupMemberTest, LeavesThoughNobodyAnswersAnyMore) {
  auto member = Join([](const std::stop_token&) { return absl::OkStatus(); });
  EXPECT_TRUE(Told(1).front().ok());
  cluster_.TakeDown();
  member.reset();
}

}  // namespace
}  // namespace sluice::kafka
