#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pipeline/base/clock.h"
#include "pipeline/log/log.h"
#include "pipeline/telemetry/event_log.h"
#include "sluice/config/v1/log.pb.h"

namespace sluice::cli {

// The log that the configuration names. `clock` and `events` outlive it. Errors as those of the two
// logs' Create.
absl::StatusOr<std::unique_ptr<log::Log>> OpenLog(const config::v1::Log& config,
                                                  const base::Clock& clock,
                                                  telemetry::EventLog& events);

// When a call that keeps the embedded log in order is due again: as it said, or, where it failed,
// in a minute, for the trouble may pass. Never where the log is over (`health`), which its shards
// are told too.
absl::Time NextUpkeep(const absl::StatusOr<absl::Time>& said, const absl::Status& health,
                      absl::Time now);

// Where a process may keep files of its own beside the log's.
std::string LogDirectory(const config::v1::Log& config);

}  // namespace sluice::cli
