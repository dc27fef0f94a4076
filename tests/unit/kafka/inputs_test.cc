#include "pipeline/kafka/inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::kafka {
namespace {

using ::testing::HasSubstr;

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }

Inputs TwoPartitions() {
  return Inputs(
      {{.topic = "in", .name = "p.in", .partition = 0, .seen = 10, .consumed = 10, .committed = 10},
       {.topic = "in",
        .name = "p.in",
        .partition = 1,
        .seen = 20,
        .consumed = 20,
        .committed = 20}});
}

std::vector<log::Record> Records(std::initializer_list<std::pair<int, int>> places) {
  std::vector<log::Record> records;
  for (const auto& [partition, offset] : places) {
    log::Record record;
    record.topic = "in";
    record.partition = static_cast<log::Partition>(partition);
    record.offset = static_cast<uint64_t>(offset);
    records.push_back(record);
  }
  return records;
}

TEST(InputsTest, FindsAnInputByItsNameOnTheBroker) {
  EXPECT_EQ(TwoPartitions().Find("p.in", 1), 1U);
  const Inputs inputs({{.topic = "in", .name = "p.in", .partition = 0},
                       {.topic = "other", .name = "p.other", .partition = 0}});
  EXPECT_EQ(inputs.Find("p.other", 0), 1U);
}

TEST(InputsTest, CommitsUpToTheLastConsumedRecordOfEachPartition) {
  Inputs inputs = TwoPartitions();
  inputs.HandOut(0, 10, At(1));
  inputs.HandOut(1, 20, At(2));
  inputs.HandOut(0, 13, At(3));
  const auto next = inputs.After(2);
  EXPECT_EQ(next[0].offset, 11);
  EXPECT_EQ(next[1].offset, 21);
  EXPECT_EQ(next[0].appended, At(1));
  inputs.Committed(2);
  EXPECT_EQ(inputs.all()[0].committed, 11);
  EXPECT_EQ(inputs.all()[0].handed_out, 1U);
  EXPECT_EQ(inputs.After(0)[0].appended, At(1)) << "the time of what was consumed stays";
  EXPECT_TRUE(inputs.Check(Records({{0, 13}})).ok());
}

TEST(InputsTest, StepsOverControlRecordsBehindTheLastConsumedRecord) {
  Inputs inputs = TwoPartitions();
  inputs.HandOut(0, 10, At(1));
  inputs.Reached(0, 12);
  EXPECT_FALSE(inputs.unsettled());
  EXPECT_EQ(inputs.After(0)[0].offset, 10);
  EXPECT_EQ(inputs.After(1)[0].offset, 12);
  inputs.Committed(1);
  EXPECT_FALSE(inputs.unsettled());
}

TEST(InputsTest, IsUnsettledWhenOnlyControlRecordsFollowed) {
  Inputs inputs = TwoPartitions();
  inputs.HandOut(0, 10, At(1));
  inputs.Committed(1);
  EXPECT_FALSE(inputs.unsettled());
  inputs.Reached(0, 12);
  EXPECT_TRUE(inputs.unsettled());
  inputs.Committed(0);
  EXPECT_FALSE(inputs.unsettled());
  EXPECT_EQ(inputs.all()[0].committed, 12);
}

TEST(InputsTest, KeepsTheClockFromFalling) {
  Inputs inputs = TwoPartitions();
  EXPECT_EQ(inputs.HandOut(0, 10, At(100)), At(100));
  EXPECT_EQ(inputs.HandOut(0, 11, At(90)), At(100));
  EXPECT_EQ(inputs.HandOut(1, 20, At(90)), At(90));
}

TEST(InputsTest, RefusesWhatWasNotPolledOrIsOutOfOrder) {
  Inputs inputs = TwoPartitions();
  inputs.HandOut(0, 10, At(1));
  inputs.HandOut(0, 11, At(1));
  EXPECT_TRUE(inputs.Check({}).ok());
  EXPECT_TRUE(inputs.Check(Records({{0, 10}, {0, 11}})).ok());
  std::vector<log::Record> of_another_topic = Records({{0, 10}});
  of_another_topic[0].topic = "other";
  for (const auto& records : {Records({{0, 11}}), Records({{1, 10}}),
                              Records({{0, 10}, {0, 11}, {0, 12}}), of_another_topic}) {
    const absl::Status status = inputs.Check(records);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("not what was polled"));
  }
}

TEST(InputsTest, AreNotedInACheckpointAsTheyAreAndAsTheyWillBe) {
  Inputs inputs = TwoPartitions();
  inputs.HandOut(0, 10, At(1));
  inputs.Committed(1);
  inputs.HandOut(1, 20, At(2));
  state::v1::KafkaCheckpoint checkpoint;
  Note(inputs.all(), checkpoint);
  ASSERT_EQ(checkpoint.inputs_size(), 2);
  EXPECT_EQ(checkpoint.inputs(0).topic(), "p.in");
  EXPECT_EQ(checkpoint.inputs(0).offset(), 11);
  EXPECT_EQ(checkpoint.inputs(0).appended_millis(), 1000);
  EXPECT_EQ(checkpoint.inputs(1).partition(), 1);
  EXPECT_EQ(checkpoint.inputs(1).offset(), 20);
  Note(inputs.After(1), checkpoint);
  ASSERT_EQ(checkpoint.inputs_size(), 2);
  EXPECT_EQ(checkpoint.inputs(0).offset(), 11);
  EXPECT_EQ(checkpoint.inputs(1).offset(), 21);
  EXPECT_EQ(checkpoint.inputs(1).appended_millis(), 2000);
}

TEST(InputsTest, KnowsTheOldestRecordHandedOut) {
  Inputs inputs = TwoPartitions();
  EXPECT_FALSE(inputs.oldest_handed_out().has_value());
  inputs.HandOut(0, 10, At(5));
  inputs.HandOut(0, 11, At(6));
  EXPECT_EQ(inputs.oldest_handed_out(), At(5));
  inputs.Committed(1);
  EXPECT_EQ(inputs.oldest_handed_out(), At(6));
}

}  // namespace
}  // namespace sluice::kafka
