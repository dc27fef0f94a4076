#include "pipeline/log/shards.h"

#include <algorithm>

namespace sluice::log {

Partition ShardsOf(const Spec& spec,
                   absl::FunctionRef<Partition(std::string_view topic)> partitions_of) {
  Partition shards = 1;
  for (const std::string& input : spec.inputs) shards = std::max(shards, partitions_of(input));
  return shards;
}

}  // namespace sluice::log
