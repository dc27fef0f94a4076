#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "pipeline/base/clock.h"
#include "pipeline/log/log.h"
#include "pipeline/runtime/crash_guard.h"
#include "pipeline/runtime/heartbeat.h"
#include "pipeline/runtime/pool.h"
#include "pipeline/runtime/stage_plan.h"
#include "pipeline/runtime/turn.h"
#include "pipeline/telemetry/event_log.h"
#include "pipeline/telemetry/stage_metrics.h"

namespace sluice::runtime {

// Runs one shard of a stage over a log: polls a batch, has it prepared on the pool, applies it in
// order and commits all that came of it in one go. Records that fail in passing are tried again,
// others are dead-lettered; what precedes them is committed.
//
// One thread, but for the wake function that it hands to the stage. Not OK from Open or Step: the
// shard is over; destroy it.
class ShardRunner {
 public:
  struct Options {
    log::Limits limits = {};                                      // Of one turn.
    absl::Duration retry_max = absl::Minutes(10);                 // Then a record is dead-lettered.
    absl::Duration retry_interval_min = absl::Milliseconds(100);  // Doubles with each attempt,
    absl::Duration retry_interval_max = absl::Seconds(30);        // up to this.
    absl::Duration heartbeat_interval = absl::Seconds(10);
    size_t dead_letter_bytes_max = 64 << 10;  // At most Turn::kDeadLetterBytesMax.
  };

  // What every runner of a process stands on; all outlive it.
  struct Base {
    log::Log& log;
    Pool& pool;
    const base::Clock& clock;
    telemetry::EventLog& events;
    CrashGuard* guard = nullptr;  // Optional.
  };

  // Opens the shard. `freshness` is what an earlier opening of it has seen; empty: this is the
  // first. Errors as Log::OpenWorker's and those of StagePlan::make. `plan`, `base`'s parts and
  // `metrics` outlive it.
  static absl::StatusOr<std::unique_ptr<ShardRunner>> Open(const Options& options, const Base& base,
                                                           const StagePlan& plan,
                                                           log::Partition partition,
                                                           telemetry::StageMetrics& metrics,
                                                           const std::stop_token& stop,
                                                           std::optional<Freshness> freshness = {});
  ~ShardRunner();

  // One turn, waiting for something to do until `deadline` (on the base's clock) at most.
  absl::Status Step(absl::Time deadline);

  // Ends a wait in Step. Any thread.
  void Interrupt();

  log::Worker::Position position() const { return worker_->position(); }
  const Freshness& freshness() const { return freshness_; }

 private:
  class WakeHandle;

  ShardRunner(const Options& options, const Base& base, const StagePlan& plan,
              log::Partition partition, telemetry::StageMetrics& metrics, Freshness freshness);

  absl::Status Fill(absl::Time deadline);
  void Prepare();
  // Decides on the record at `at_`. False: it is to be tried again later.
  bool Handle(Turn& turn);
  bool RetryLater(const absl::Status& status);
  void WaitForRetry(absl::Time deadline);
  void WakeStage(Turn& turn);
  void EmitHeartbeat(Turn& turn, std::string_view value);
  absl::Status Commit(Turn turn, size_t first);

  const Options options_;
  Base base_;
  const StagePlan* plan_;  // Not owned.
  const log::Partition partition_;
  telemetry::StageMetrics* metrics_;  // Not owned.
  std::shared_ptr<WakeHandle>
      wake_;  // Shared with the wake functions, which may outlive the shard.
  std::unique_ptr<log::Worker> worker_;
  std::unique_ptr<stage::Stage> stage_;  // After the worker: it may read the worker's tables.

  std::vector<log::Record> batch_;  // Polled; those before at_ are consumed.
  std::vector<absl::StatusOr<std::unique_ptr<stage::Prepared>>> prepared_;
  size_t at_ = 0;
  uint32_t attempts_ = 0;  // At the record at at_.
  absl::Time first_attempt_;
  absl::Time retry_at_ = absl::InfinitePast();

  Freshness freshness_;
  absl::Time next_heartbeat_ = absl::InfinitePast();
  absl::Time wake_retry_at_ = absl::InfinitePast();  // After an OnWake that failed.
};

}  // namespace sluice::runtime
