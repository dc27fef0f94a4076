#include "pipeline/base/proto_time.h"

#include <gtest/gtest.h>

namespace sluice::base {
namespace {

TEST(ProtoTimeTest, TimesComeBackAsTheyWere) {
  for (const absl::Time time : {absl::UnixEpoch(), absl::FromUnixNanos(1'760'000'000'123'456'789),
                                absl::UnixEpoch() - absl::Milliseconds(1500)}) {
    EXPECT_EQ(FromProto(ToProto(time)), time);
  }
  // Protobuf's nanoseconds count upwards, also before the epoch.
  const auto before = ToProto(absl::UnixEpoch() - absl::Milliseconds(1500));
  EXPECT_EQ(before.seconds(), -2);
  EXPECT_EQ(before.nanos(), 500'000'000);
}

TEST(ProtoTimeTest, DurationsComeBackAsTheyWereWithOneSign) {
  for (const absl::Duration duration :
       {absl::ZeroDuration(), absl::Milliseconds(1500), absl::Milliseconds(-1500)}) {
    EXPECT_EQ(FromProto(ToProto(duration)), duration);
  }
  const auto negative = ToProto(absl::Milliseconds(-1500));
  EXPECT_EQ(negative.seconds(), -1);
  EXPECT_EQ(negative.nanos(), -500'000'000);
}

TEST(ProtoTimeTest, AnUnsetMessageIsTheEpochAndNothing) {
  EXPECT_EQ(FromProto(google::protobuf::Timestamp()), absl::UnixEpoch());
  EXPECT_EQ(FromProto(google::protobuf::Duration()), absl::ZeroDuration());
}

}  // namespace
}  // namespace sluice::base
