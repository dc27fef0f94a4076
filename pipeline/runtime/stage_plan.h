#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/log/log.h"
#include "pipeline/stage/stage.h"

namespace sluice::runtime {

// Ends a wait of the shard's thread and has OnWake called. Any thread, at any time, also before the
// shard is open and after it has been closed.
using Wake = std::function<void()>;

// What the runtime must know of a stage to run its shards.
struct StagePlan {
  log::Spec spec;  // outputs[0] is where pages go on: what is emitted there gets the stage's step
                   // in its trail.
  std::vector<std::string_view> drop_reasons = {};  // The closed set.
  bool replica = false;           // Runs as one private copy in every process; emits nothing.
  bool makes_heartbeats = false;  // It is where the flow begins.
  std::function<absl::StatusOr<std::unique_ptr<stage::Stage>>(log::Partition, Wake)> make;
};

}  // namespace sluice::runtime
