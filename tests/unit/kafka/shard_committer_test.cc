// What is done about each kind of error. The errors come from librdkafka's mock cluster, which is
// good for that and for little else: it shows what was aborted, and forgets offsets. What a broker
// really does is tested with one.
#include "pipeline/kafka/shard_committer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/kafka/mock_cluster.h"

namespace sluice::kafka {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ShardCommitterTest : public testing::Test {
 protected:
  ShardCommitterTest() {
    for (const char* topic : {"in", "out"}) cluster_.MakeTopic(topic);
    options_.bootstrap_servers = cluster_.bootstrap();
    options_.retry_interval_min = options_.retry_interval_max = absl::Milliseconds(1);
    options_.stop_wait_max = absl::Milliseconds(50);
    options_.on_waiting = [this](std::string_view, std::string_view why) {
      told_.emplace_back(why);
    };
  }

  void Open() {
    Patience patience = Patience::ToOpen(options_, "s.0", {});
    auto committer =
        ShardCommitter::Open(options_, {.who = "s.0", .transactional_id = "s.0", .group = "s"},
                             {{.name = "out"}}, patience);
    ASSERT_TRUE(committer.ok()) << committer.status();
    committer_ = *std::move(committer);
    auto reader = Reader::Create(options_, "s");
    ASSERT_TRUE(reader.ok()) << reader.status();
    reader_ = *std::move(reader);
  }

  absl::Status Commit(std::stop_token stop = {}) {
    const std::vector<OutputRecord> records = {{.key = "k", .value = "v"}};
    const std::vector<Place> places = {{.topic = "in", .partition = 0, .offset = 7}};
    const CommitMark mark{.sequence = 1, .owner = "me"};
    const std::vector<CommitMark> marks = {mark};
    return committer_->Commit({.records = records, .places = places, .marks = marks, .mark = mark},
                              *reader_, stop);
  }

  MockCluster cluster_;
  Options options_;
  std::vector<std::string> told_;
  std::unique_ptr<ShardCommitter> committer_;
  std::unique_ptr<Reader> reader_;
};

TEST_F(ShardCommitterTest, CommitsAtOnceWhereNothingIsWrong) {
  Open();
  EXPECT_TRUE(Commit().ok());
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(ShardCommitterTest, AbortsAndSendsAgain) {
  for (const auto& [api, error] : std::vector<std::pair<Api, rd_kafka_resp_err_t>>{
           {kAddPartitionsToTxn, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED},
           {kAddOffsetsToTxn, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED},
           {kTxnOffsetCommit, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID},
           {kProduce, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED},
           {kProduce, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE}}) {
    SCOPED_TRACE(rd_kafka_err2name(error));
    told_.clear();
    Open();
    cluster_.Push(api, error);
    const absl::Status status = Commit();
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_THAT(told_, Not(IsEmpty()));
  }
}

TEST_F(ShardCommitterTest, MakesTheClientAnewWhereItIsBroken) {
  for (const Api api : {kAddOffsetsToTxn, kEndTxn}) {
    SCOPED_TRACE(api);
    told_.clear();
    Open();
    cluster_.Push(api, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE);
    const absl::Status status = Commit();
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_THAT(told_, Contains(HasSubstr("INVALID_TXN_STATE")));
  }
}

TEST_F(ShardCommitterTest, WaitsForACoordinatorThatIsElsewhereOrLoading) {
  for (const auto& [api, error] : std::vector<std::pair<Api, rd_kafka_resp_err_t>>{
           {kAddPartitionsToTxn, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS},
           {kAddOffsetsToTxn, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS},
           {kEndTxn, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE},
           {kEndTxn, RD_KAFKA_RESP_ERR_NOT_COORDINATOR}}) {
    SCOPED_TRACE(rd_kafka_err2name(error));
    Open();
    cluster_.Push(api, error);
    const absl::Status status = Commit();
    EXPECT_TRUE(status.ok()) << status;
  }
}

TEST_F(ShardCommitterTest, IsOverWhereItIsFenced) {
  for (const Api api : {kAddPartitionsToTxn, kEndTxn}) {
    SCOPED_TRACE(api);
    Open();
    cluster_.Push(api, RD_KAFKA_RESP_ERR_PRODUCER_FENCED);
    EXPECT_EQ(Commit().code(), absl::StatusCode::kAborted);
  }
}

TEST_F(ShardCommitterTest, GivesUpSomeTimeAfterAStop) {
  Open();
  cluster_.TakeDown();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(Commit(stop.get_token()).code(), absl::StatusCode::kCancelled);
}

TEST_F(ShardCommitterTest, HasNoClientLeftThatPointsAtTheRecordsOnceItIsOver) {
  // Every client has a copy of this.
  const auto alive = std::make_shared<bool>();
  options_.on_log = [alive](int, std::string_view) {};
  const auto clients = [&] { return alive.use_count() - 2; };
  Open();
  EXPECT_EQ(clients(), 2);
  cluster_.Push(kEndTxn, RD_KAFKA_RESP_ERR_PRODUCER_FENCED);
  EXPECT_EQ(Commit().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(clients(), 1) << "the reader's alone";

  Open();
  cluster_.TakeDown();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(Commit(stop.get_token()).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(clients(), 1) << "the reader's alone";
}

TEST_F(ShardCommitterTest, IsNotOpenedWithoutTheRight) {
  cluster_.Push(kInitProducerId, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
  Patience patience = Patience::ToOpen(options_, "s.0", {});
  EXPECT_EQ(ShardCommitter::Open(options_, {.who = "s.0", .transactional_id = "s.0", .group = "s"},
                                 {{.name = "out"}}, patience)
                .status()
                .code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace sluice::kafka
