#include "pipeline/runtime/backpressure.h"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "pipeline/base/strings.h"

namespace sluice::runtime {

Backpressure::Backpressure(const Options& options, log::Log& log, std::vector<log::Spec> stages)
    : options_(options),
      log_(&log),
      stages_(std::move(stages)),
      thread_([this](std::stop_token stop) { Watch(std::move(stop)); }) {}

absl::Status Backpressure::Admit() const {
  if (!held()) return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format(
      "{} bytes wait to be processed, more than runtime.backlog_bytes_max = {}; try later",
      backlog_bytes_.load(std::memory_order_relaxed), options_.backlog_bytes_max));
}

void Backpressure::Watch(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  while (!stop.stop_requested()) {
    uint64_t bytes = 0;
    bool known = true;
    for (const log::Spec& stage : stages_) {
      const absl::StatusOr<std::vector<log::Backlog>> backlogs = log_->Backlogs(stage);
      known = known && backlogs.ok();
      if (!backlogs.ok()) continue;
      for (const log::Backlog& backlog : *backlogs) bytes += backlog.bytes;
    }
    // While the log cannot be asked the last answer stands: input that cannot be appended waits
    // anyway.
    if (known) backlog_bytes_.store(bytes, std::memory_order_relaxed);
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, absl::ToChronoMilliseconds(options_.interval),
                     [] { return false; });
  }
}

}  // namespace sluice::runtime
