#include "pipeline/runtime/backpressure.h"

#include <utility>

#include "pipeline/base/strings.h"

namespace sluice::runtime {

Backpressure::Backpressure(const Options& options, log::Log& log, const base::Clock& clock,
                           std::vector<log::Spec> stages)
    : options_(options),
      log_(&log),
      stages_(std::move(stages)),
      watch_(clock, options_.interval, [this] { Measure(); }) {}

absl::Status Backpressure::Admit() const {
  if (!held()) return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format(
      "{} bytes wait to be processed, more than runtime.backlog_bytes_max = {}; try later",
      backlog_bytes_.load(std::memory_order_relaxed), options_.backlog_bytes_max));
}

void Backpressure::Measure() {
  uint64_t bytes = 0;
  for (const log::Spec& stage : stages_) {
    const absl::StatusOr<std::vector<log::Backlog>> backlogs = log_->Backlogs(stage);
    // While the log cannot be asked the last answer stands: input that cannot be appended waits
    // anyway.
    if (!backlogs.ok()) return;
    for (const log::Backlog& backlog : *backlogs) bytes += backlog.bytes;
  }
  backlog_bytes_.store(bytes, std::memory_order_relaxed);
}

}  // namespace sluice::runtime
