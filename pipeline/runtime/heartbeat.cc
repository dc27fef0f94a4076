#include "pipeline/runtime/heartbeat.h"

#include <algorithm>

#include "pipeline/base/proto_time.h"
#include "sluice/data/v1/heartbeat.pb.h"

namespace sluice::runtime {

std::string EncodeHeartbeat(std::string_view source, absl::Time time) {
  data::v1::Heartbeat heartbeat;
  heartbeat.set_source(std::string(source));
  *heartbeat.mutable_time() = base::ToProto(time);
  return heartbeat.SerializeAsString();
}

void Freshness::Observe(std::string_view value) {
  data::v1::Heartbeat heartbeat;
  if (!heartbeat.ParseFromArray(value.data(), static_cast<int>(value.size()))) return;
  absl::Time& newest = newest_.try_emplace(heartbeat.source(), absl::InfinitePast()).first->second;
  newest = std::max(newest, base::FromProto(heartbeat.time()));
}

std::optional<absl::Time> Freshness::time() const {
  if (newest_.empty()) return std::nullopt;
  return std::ranges::min_element(newest_, {}, [](const auto& entry) { return entry.second; })
      ->second;
}

}  // namespace sluice::runtime
