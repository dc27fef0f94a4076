#include "pipeline/runtime/supervisor.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "pipeline/base/strings.h"

namespace sluice::runtime {
namespace {

// Trouble that a new attempt does not mend: an operator has to look.
bool IsFinal(const absl::Status& status, bool replica) {
  switch (status.code()) {
    case absl::StatusCode::kOutOfRange:
      return !replica;  // That starts over from the oldest record.
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kPermissionDenied:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string_view ShardStateName(ShardState state) {
  switch (state) {
    case ShardState::kStopped:
      return "stopped";
    case ShardState::kStarting:
      return "starting";
    case ShardState::kRestoring:
      return "restoring";
    case ShardState::kRunning:
      return "running";
    case ShardState::kPaused:
      return "paused";
    case ShardState::kDraining:
      return "draining";
  }
  return "";
}

// What the threads share of a shard is guarded by the supervisor's mutex.
struct Supervisor::Shard {
  const StagePlan* plan = nullptr;
  telemetry::StageMetrics* metrics = nullptr;
  telemetry::StageMetrics::Shard gauges;
  ShardStatus status;
  bool pause_requested = false;
  ShardRunner* runner = nullptr;       // While open.
  std::optional<Freshness> seen = {};  // By the opening before. The shard's thread.
};

Supervisor::Supervisor(const Options& options, const ShardRunner::Base& base,
                       prometheus::Registry& registry)
    : options_(options), base_(base), registry_(&registry) {}

Supervisor::~Supervisor() {
  for (std::jthread& thread : threads_) thread.request_stop();
  // Taking the mutex has the threads that wait look at their stop tokens.
  const absl::MutexLock lock(&mutex_);
}

void Supervisor::Add(StagePlan plan) {
  plans_.push_back(std::move(plan));
  const StagePlan& kept = plans_.back();
  metrics_.emplace_back(*registry_, kept.spec.stage, kept.drop_reasons);
  log::Partition shards = 1;
  if (!kept.replica) {
    for (const std::string& input : kept.spec.inputs) {
      shards = std::max(shards, base_.log.Partitions(input));
    }
  }
  for (log::Partition p = 0; p < shards; ++p) {
    if (!kept.replica && p % options_.replicas != options_.ordinal) continue;
    auto shard = std::make_unique<Shard>();
    shard->plan = &kept;
    shard->metrics = &metrics_.back();
    shard->gauges = metrics_.back().MakeShard(p);
    shard->status.stage = kept.spec.stage;
    shard->status.partition = p;
    shards_.push_back(std::move(shard));
  }
}

void Supervisor::Start() {
  {
    const absl::MutexLock lock(&mutex_);
    running_threads_ = shards_.size();
    // From here on it counts how long nothing has come, whether or not a shard can be opened.
    for (const std::unique_ptr<Shard>& shard : shards_) {
      shard->seen.emplace(HeartbeatSources(base_.log, shard->plan->spec), base_.clock.Now());
      shard->status.freshness = shard->seen->time();
    }
  }
  for (const std::unique_ptr<Shard>& shard : shards_) {
    threads_.emplace_back([this, &shard = *shard](std::stop_token stop) {
      Run(shard, std::move(stop));
      const absl::MutexLock lock(&mutex_);
      --running_threads_;
    });
  }
}

void Supervisor::SetState(Shard& shard, ShardState state, std::string detail) {
  shard.gauges.SetState(static_cast<int>(state));
  const absl::MutexLock lock(&mutex_);
  shard.status.state = state;
  shard.status.detail = std::move(detail);
}

void Supervisor::Run(Shard& shard, std::stop_token stop) {
  absl::Duration interval = options_.reopen_interval_min;
  while (!stop.stop_requested()) {
    SetState(shard, ShardState::kRestoring, shard.status.detail);
    absl::StatusOr<std::unique_ptr<ShardRunner>> runner =
        ShardRunner::Open(options_.runner, base_, *shard.plan, shard.status.partition,
                          *shard.metrics, stop, shard.seen);
    absl::Status status = runner.status();
    if (runner.ok()) {
      const absl::Time opened = absl::Now();
      status = RunOpen(shard, **runner, stop);
      if (absl::Now() - opened > options_.reopen_interval_max) {
        interval = options_.reopen_interval_min;
      }
      shard.seen = (*runner)->freshness();
    }
    runner = absl::CancelledError();  // Closed before it is opened again.
    if (stop.stop_requested()) break;
    if (status.code() == absl::StatusCode::kAborted) shard.metrics->CountFenced();
    const bool is_final = IsFinal(status, shard.plan->replica);
    SetState(shard, is_final ? ShardState::kStopped : ShardState::kStarting, status.ToString());
    base_.events.Warning("shard.closed", {{"stage", shard.status.stage},
                                          {"shard", std::to_string(shard.status.partition)},
                                          {"status", status.ToString()}});
    const absl::MutexLock lock(&mutex_);
    if (is_final) {
      if (failure_.ok()) {
        failure_ =
            absl::Status(status.code(), fmt::format("{}, shard {}: {}", shard.status.stage,
                                                    shard.status.partition, status.message()));
      }
      return;
    }
    const auto stopping = [&stop] { return stop.stop_requested(); };
    mutex_.AwaitWithTimeout(absl::Condition(&stopping), interval);
    interval = std::min(options_.reopen_interval_max, interval * 2);
  }
  SetState(shard, ShardState::kStopped);
}

absl::Status Supervisor::RunOpen(Shard& shard, ShardRunner& runner, const std::stop_token& stop) {
  {
    const absl::MutexLock lock(&mutex_);
    shard.runner = &runner;
  }
  // A stop ends a wait at once.
  const std::stop_callback wake(stop, [&runner] { runner.Interrupt(); });
  SetState(shard, ShardState::kRunning);
  absl::Status status;
  while (status.ok() && !stop.stop_requested()) {
    if (WaitWhilePaused(shard, stop)) continue;
    status = runner.Step(base_.clock.Now() + options_.poll_max);
    const absl::MutexLock lock(&mutex_);
    shard.status.freshness = runner.freshness().time();
  }
  if (stop.stop_requested()) SetState(shard, ShardState::kDraining);
  const absl::MutexLock lock(&mutex_);
  shard.runner = nullptr;
  return status;
}

bool Supervisor::WaitWhilePaused(Shard& shard, const std::stop_token& stop) {
  {
    const absl::MutexLock lock(&mutex_);
    if (!shard.pause_requested) return false;
  }
  SetState(shard, ShardState::kPaused);
  {
    const absl::MutexLock lock(&mutex_);
    const auto resumed = [&] { return !shard.pause_requested || stop.stop_requested(); };
    mutex_.Await(absl::Condition(&resumed));
  }
  SetState(shard, ShardState::kRunning);
  return true;
}

bool Supervisor::Ready() const {
  const absl::MutexLock lock(&mutex_);
  return std::ranges::all_of(shards_, [](const std::unique_ptr<Shard>& shard) {
    return shard->status.state == ShardState::kRunning ||
           shard->status.state == ShardState::kPaused;
  });
}

std::vector<Supervisor::ShardStatus> Supervisor::Status() const {
  const absl::MutexLock lock(&mutex_);
  std::vector<ShardStatus> result;
  for (const std::unique_ptr<Shard>& shard : shards_) {
    result.push_back(shard->status);
    if (shard->runner != nullptr) result.back().position = shard->runner->position();
  }
  return result;
}

void Supervisor::UpdateGauges() {
  const absl::Time now = base_.clock.Now();
  const absl::MutexLock lock(&mutex_);
  for (const std::unique_ptr<Shard>& shard : shards_) {
    if (shard->runner != nullptr) {
      const log::Worker::Position position = shard->runner->position();
      shard->gauges.SetLag(position.lag_records, position.lag_bytes, position.lag_age);
    }
    if (const std::optional<absl::Time>& time = shard->status.freshness; time.has_value()) {
      shard->gauges.SetFreshness(now - *time);
    }
  }
}

absl::Status Supervisor::Wait() {
  const absl::MutexLock lock(&mutex_);
  const auto over = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return drain_requested_ || !failure_.ok();
  };
  mutex_.Await(absl::Condition(&over));
  return failure_;
}

void Supervisor::RequestDrain() {
  const absl::MutexLock lock(&mutex_);
  drain_requested_ = true;
}

absl::Status Supervisor::Drain() {
  for (std::jthread& thread : threads_) thread.request_stop();
  const absl::MutexLock lock(&mutex_);
  const auto over = [this]()
                        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return running_threads_ == 0; };
  if (mutex_.AwaitWithTimeout(absl::Condition(&over), options_.drain_max)) return absl::OkStatus();
  std::string late;
  for (const std::unique_ptr<Shard>& shard : shards_) {
    if (shard->status.state == ShardState::kStopped) continue;
    late += fmt::format("{}{}.{}", late.empty() ? "" : ", ", shard->status.stage,
                        shard->status.partition);
  }
  return absl::DeadlineExceededError(
      fmt::format("did not finish within {}: {}", options_.drain_max, late));
}

absl::Status Supervisor::SetPaused(std::string_view stage, bool paused) {
  const absl::MutexLock lock(&mutex_);
  bool found = false;
  for (const std::unique_ptr<Shard>& shard : shards_) {
    if (!stage.empty() && shard->status.stage != stage) continue;
    found = true;
    shard->pause_requested = paused;
    if (shard->runner != nullptr) shard->runner->Interrupt();
  }
  return found ? absl::OkStatus()
               : absl::NotFoundError(fmt::format("no stage {} runs in this process", stage));
}

}  // namespace sluice::runtime
