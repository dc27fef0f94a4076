#include "pipeline/base/proto_time.h"

namespace sluice::base {

google::protobuf::Timestamp ToProto(absl::Time time) {
  const timespec spec = absl::ToTimespec(time);
  google::protobuf::Timestamp proto;
  proto.set_seconds(spec.tv_sec);
  proto.set_nanos(static_cast<int32_t>(spec.tv_nsec));
  return proto;
}

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  absl::Duration rest;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  return proto;
}

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

}  // namespace sluice::base
