#include "services/sluice/runtime_options.h"

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/runtime/turn.h"

namespace sluice::cli {

absl::StatusOr<RuntimeOptions> RuntimeOptions::Create(const config::v1::Runtime& config) {
  RuntimeOptions options;
  options.threads = config.threads();
  options.crash_guard_directory = config.crash_guard_directory();
  runtime::ShardRunner::Options& runner = options.supervisor.runner;
  if (config.batch_records_max() > 0) runner.limits.records_max = config.batch_records_max();
  if (config.batch_bytes_max() > 0) runner.limits.bytes_max = config.batch_bytes_max();
  if (config.has_retry_max()) runner.retry_max = base::FromProto(config.retry_max());
  if (config.has_heartbeat_interval())
    runner.heartbeat_interval = base::FromProto(config.heartbeat_interval());
  if (config.dead_letter_bytes_max() > 0)
    runner.dead_letter_bytes_max = config.dead_letter_bytes_max();
  if (config.has_drain_max()) options.supervisor.drain_max = base::FromProto(config.drain_max());
  if (config.replicas() > 0) options.supervisor.replicas = config.replicas();
  options.supervisor.ordinal = config.ordinal();
  options.supervisor.shared = config.ownership() == "group";
  if (config.backlog_bytes_max() > 0)
    options.backpressure.backlog_bytes_max = config.backlog_bytes_max();

  constexpr uint32_t kThreadsMax = 1024;
  if (config.threads() > kThreadsMax) {
    return absl::InvalidArgumentError(
        fmt::format("runtime.threads is {}; it is at most {}", config.threads(), kThreadsMax));
  }
  if (!config.ownership().empty() && config.ownership() != "ordinal" &&
      !options.supervisor.shared) {
    return absl::InvalidArgumentError(
        fmt::format("runtime.ownership is \"{}\"; it is ordinal or group", config.ownership()));
  }
  if (options.supervisor.shared && (config.ordinal() > 0 || config.replicas() > 0)) {
    return absl::InvalidArgumentError(
        "runtime.ordinal and runtime.replicas say nothing where runtime.ownership is group: leave "
        "them out");
  }
  if (options.supervisor.ordinal >= options.supervisor.replicas) {
    return absl::InvalidArgumentError(fmt::format(
        "runtime.ordinal is {}; with runtime.replicas = {} it is at most {}",
        options.supervisor.ordinal, options.supervisor.replicas, options.supervisor.replicas - 1));
  }
  if (runner.dead_letter_bytes_max > runtime::Turn::kDeadLetterBytesMax) {
    return absl::InvalidArgumentError(
        fmt::format("runtime.dead_letter_bytes_max is {}; it is at most {}",
                    runner.dead_letter_bytes_max, runtime::Turn::kDeadLetterBytesMax));
  }
  if (runner.heartbeat_interval <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("runtime.heartbeat_interval must be more than 0s");
  }
  if (options.supervisor.drain_max <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("runtime.drain_max must be more than 0s");
  }
  return options;
}

}  // namespace sluice::cli
