#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "pipeline/runtime/shard_runner.h"
#include "pipeline/runtime/stage_plan.h"
#include "pipeline/telemetry/stage_metrics.h"

namespace prometheus {
class Registry;
}

namespace sluice::runtime {

// Where a shard stands. The numbers are those of the metric sluice_shard_state.
enum class ShardState {
  kStopped = 0,
  kStarting = 1,
  kRestoring = 2,
  kStandby = 3,  // Another process's. It has no metrics here.
  kRunning = 4,
  kPaused = 5,
  kDraining = 6,
};
std::string_view ShardStateName(ShardState state);

// Runs the shards of a process, a thread each: opens those that are its own, by its ordinal or by
// what the log says (log::Log::Join), opens them again after passing trouble, and drains them. Any
// thread may call, but for Add, Start and the destructor.
class Supervisor {
 public:
  struct Options {
    ShardRunner::Options runner = {};
    uint32_t ordinal = 0;   // Shards p with p mod replicas = ordinal run here.
    uint32_t replicas = 1;  // One: all shards.
    bool shared = false;    // Instead: the log shares the shards out.
    absl::Duration drain_max = absl::Seconds(30);
    absl::Duration reopen_interval_min =
        absl::Milliseconds(200);                             // Doubles with each failure in a row,
    absl::Duration reopen_interval_max = absl::Seconds(10);  // up to this.
    absl::Duration poll_max = absl::Seconds(1);
  };

  struct ShardStatus {
    std::string stage;
    log::Partition partition = 0;
    ShardState state = ShardState::kStarting;
    std::string detail;  // Why it does not run.
    log::Worker::Position position;
    std::optional<absl::Time> freshness;
  };

  // All outlive it.
  Supervisor(const Options& options, const ShardRunner::Base& base, prometheus::Registry& registry);
  // Stops what still runs, however long that takes.
  ~Supervisor();

  // Before Start.
  void Add(StagePlan plan);
  void Start();

  // True once every shard runs, is paused by hand, or is known to be another process's.
  bool Ready() const;
  std::vector<ShardStatus> Status() const;
  // Sets the gauges of lag and freshness to what holds now. For whoever is about to read them: a
  // shard that hangs could not.
  void UpdateGauges();

  // Returns when Drain was called, or a shard has failed in a way that no new attempt mends; then
  // with its status.
  absl::Status Wait();
  // Has Wait return OK.
  void RequestDrain();
  // Finishes what is in work, commits and closes all shards, and leaves them to others.
  // kDeadlineExceeded: not within drain_max; the message names who.
  absl::Status Drain();

  // Of one stage, or of all where empty. kNotFound: no such stage runs here.
  absl::Status SetPaused(std::string_view stage, bool paused);

 private:
  struct Shard;

  // The shard's thread, and what it does while the shard is this process's (until `stop`). False:
  // it has failed in a way that no new attempt mends.
  void Run(Shard& shard, const std::stop_token& stop);
  bool RunTenure(Shard& shard, const std::stop_token& stop);
  // Waits until the shard is this process's; nothing: stopped.
  std::optional<std::stop_source> AwaitTenure(Shard& shard, const std::stop_token& stop);
  // What Join calls.
  void Share(const StagePlan& plan, const absl::StatusOr<std::vector<log::Partition>>& owned);
  // Makes the plan's shards this process's or not; returns those that it had and has lost.
  std::vector<std::stop_source> Reassign(const StagePlan& plan,
                                         absl::Span<const log::Partition> owned)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Take(Shard& shard) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status AwaitThreads();
  void Fail(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Runs an open shard until it is over.
  absl::Status RunOpen(Shard& shard, ShardRunner& runner, const std::stop_token& stop);
  void SetState(Shard& shard, ShardState state, std::string detail = "");
  // Waits while the shard is paused; true if it was.
  bool WaitWhilePaused(Shard& shard, const std::stop_token& stop);

  const Options options_;
  ShardRunner::Base base_;
  prometheus::Registry* registry_;  // Not owned.
  std::deque<StagePlan> plans_;     // Stable addresses.
  std::deque<telemetry::StageMetrics> metrics_;

  mutable absl::Mutex mutex_;
  std::vector<std::unique_ptr<Shard>> shards_;
  bool drain_requested_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  size_t running_threads_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<log::Membership>> memberships_;
  std::vector<std::jthread> threads_;  // Last: they end before the rest goes.
};

}  // namespace sluice::runtime
