#include "pipeline/log/log.h"

#include <numeric>

#include "pipeline/log/shards.h"

namespace sluice::log {

Partition Log::Shards(const Spec& spec) const {
  return ShardsOf(spec, [this](std::string_view topic) { return Partitions(topic); });
}

absl::StatusOr<std::unique_ptr<Membership>> Log::Join(const Spec& spec, SharesChanged changed) {
  std::vector<Partition> all(Shards(spec));
  std::iota(all.begin(), all.end(), 0);
  changed(all);
  return std::make_unique<Membership>();
}

}  // namespace sluice::log
