#include "pipeline/log/log.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace sluice::log {

Partition Log::Shards(const Spec& spec) const {
  Partition shards = 1;
  for (const std::string& input : spec.inputs) shards = std::max(shards, Partitions(input));
  return shards;
}

absl::StatusOr<std::unique_ptr<Membership>> Log::Join(const Spec& spec, SharesChanged changed) {
  std::vector<Partition> all(Shards(spec));
  std::iota(all.begin(), all.end(), 0);
  changed(all);
  return std::make_unique<Membership>();
}

}  // namespace sluice::log
