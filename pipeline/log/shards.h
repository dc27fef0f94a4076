#pragma once

#include <string_view>

#include "absl/functional/function_ref.h"
#include "pipeline/log/log.h"

namespace sluice::log {

// Shards of a stage that is no replica: as many as its widest input has partitions, one at least.
Partition ShardsOf(const Spec& spec,
                   absl::FunctionRef<Partition(std::string_view topic)> partitions_of);

}  // namespace sluice::log
