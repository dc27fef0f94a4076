#pragma once

#include "absl/status/statusor.h"
#include "pipeline/runtime/backpressure.h"
#include "pipeline/runtime/supervisor.h"
#include "sluice/config/v1/runtime.pb.h"

namespace sluice::cli {

// The section `runtime` of the configuration, checked.
struct RuntimeOptions {
  size_t threads = 0;  // Of the pool; 0: one a core.
  runtime::Supervisor::Options supervisor;
  runtime::Backpressure::Options backpressure;
  std::string crash_guard_directory;  // Empty: beside the log.

  // kInvalidArgument: the message names the key, its value and what it may be.
  static absl::StatusOr<RuntimeOptions> Create(const config::v1::Runtime& config);
};

}  // namespace sluice::cli
