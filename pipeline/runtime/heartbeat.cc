#include "pipeline/runtime/heartbeat.h"

#include <algorithm>

#include "pipeline/base/proto_time.h"
#include "pipeline/log/topics.h"
#include "sluice/data/v1/heartbeat.pb.h"

namespace sluice::runtime {

std::string EncodeHeartbeat(std::string_view source, absl::Time time) {
  data::v1::Heartbeat heartbeat;
  heartbeat.set_source(std::string(source));
  *heartbeat.mutable_time() = base::ToProto(time);
  return heartbeat.SerializeAsString();
}

size_t HeartbeatSources(const log::Log& log, const log::Spec& spec) {
  const log::Topic* topic = spec.inputs.empty() ? nullptr : log::FindTopic(spec.inputs.front());
  if (topic == nullptr || topic->heartbeats == log::Heartbeats::kNone) return 0;
  return topic->heartbeats == log::Heartbeats::kOwnShard ? 1 : log.Partitions(log::kCrawlTargets);
}

void Freshness::Observe(std::string_view value) {
  data::v1::Heartbeat heartbeat;
  if (!heartbeat.ParseFromArray(value.data(), static_cast<int>(value.size()))) return;
  absl::Time& newest = newest_.try_emplace(heartbeat.source(), absl::InfinitePast()).first->second;
  newest = std::max(newest, base::FromProto(heartbeat.time()));
}

std::optional<absl::Time> Freshness::time() const {
  if (newest_.empty() && sources_ == 0) return std::nullopt;
  absl::Time oldest = newest_.size() < sources_ ? opened_ : absl::InfiniteFuture();
  for (const auto& [source, newest] : newest_) oldest = std::min(oldest, newest);
  return oldest;
}

}  // namespace sluice::runtime
