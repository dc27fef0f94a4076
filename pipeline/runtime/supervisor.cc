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
    case ShardState::kStandby:
      return "standby";
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
  std::optional<std::stop_source> tenure = {};                // While it is this process's.
  std::optional<telemetry::StageMetrics::Shard> gauges = {};  // Likewise.
  bool at_work = false;                                       // Its thread may have it open.
  ShardStatus status;
  bool pause_requested = false;
  ShardRunner* runner = nullptr;  // While open.
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
  const log::Partition shards = kept.replica ? 1 : base_.log.Shards(kept.spec);
  const bool shared = options_.shared && !kept.replica;
  const absl::MutexLock lock(&mutex_);
  for (log::Partition p = 0; p < shards; ++p) {
    if (!shared && !kept.replica && p % options_.replicas != options_.ordinal) continue;
    auto shard = std::make_unique<Shard>();
    shard->plan = &kept;
    shard->metrics = &metrics_.back();
    shard->status.stage = kept.spec.stage;
    shard->status.partition = p;
    if (!shared) Take(*shard);
    shards_.push_back(std::move(shard));
  }
}

void Supervisor::Start() {
  {
    const absl::MutexLock lock(&mutex_);
    running_threads_ = shards_.size();
  }
  for (const std::unique_ptr<Shard>& shard : shards_) {
    threads_.emplace_back([this, &shard = *shard](const std::stop_token& stop) {
      Run(shard, stop);
      const absl::MutexLock lock(&mutex_);
      --running_threads_;
    });
  }
  if (!options_.shared) return;
  for (const StagePlan& plan : plans_) {
    if (plan.replica) continue;
    absl::StatusOr<std::unique_ptr<log::Membership>> membership =
        base_.log.Join(plan.spec, [this, &plan](const auto& owned) { Share(plan, owned); });
    if (membership.ok()) {
      memberships_.push_back(*std::move(membership));
    } else {
      const absl::MutexLock lock(&mutex_);
      Fail(membership.status());
    }
  }
}

void Supervisor::Take(Shard& shard) {
  shard.tenure.emplace();
  shard.gauges = shard.metrics->MakeShard(shard.status.partition);
  shard.status.state = ShardState::kStarting;
  // From here on it counts how long nothing has come, whether or not the shard can be opened.
  shard.status.freshness =
      Freshness(HeartbeatSources(base_.log, shard.plan->spec), base_.clock.Now()).time();
}

std::vector<std::stop_source> Supervisor::Reassign(const StagePlan& plan,
                                                   absl::Span<const log::Partition> owned) {
  std::vector<std::stop_source> lost;
  for (const std::unique_ptr<Shard>& shard : shards_) {
    if (shard->plan != &plan) continue;
    if (std::ranges::find(owned, shard->status.partition) != owned.end()) {
      if (!shard->tenure.has_value()) Take(*shard);
      continue;
    }
    if (shard->tenure.has_value()) {
      lost.push_back(*std::exchange(shard->tenure, std::nullopt));
      shard->metrics->Remove(*std::exchange(shard->gauges, std::nullopt));
    }
    shard->status.state = ShardState::kStandby;
    shard->status.detail.clear();
    shard->status.freshness.reset();
  }
  return lost;
}

void Supervisor::Share(const StagePlan& plan,
                       const absl::StatusOr<std::vector<log::Partition>>& owned) {
  if (!owned.ok()) {
    base_.events.Warning("shards.untold",
                         {{"stage", plan.spec.stage}, {"status", owned.status().ToString()}});
    const absl::MutexLock lock(&mutex_);
    if (IsFinal(owned.status(), plan.replica)) Fail(owned.status());
    return;
  }
  base_.events.Info("shards.own", {{"stage", plan.spec.stage},
                                   {"shards", fmt::format("{}", fmt::join(*owned, " "))}});
  std::vector<std::stop_source> lost;
  {
    const absl::MutexLock lock(&mutex_);
    lost = Reassign(plan, *owned);
  }
  for (std::stop_source& tenure : lost) tenure.request_stop();
  const absl::MutexLock lock(&mutex_);
  const auto closed = [this, &plan]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return std::ranges::all_of(shards_, [&plan](const std::unique_ptr<Shard>& shard) {
      return shard->plan != &plan || shard->tenure.has_value() || !shard->at_work;
    });
  };
  // One that hangs is fenced by whoever opens it next.
  mutex_.AwaitWithTimeout(absl::Condition(&closed), options_.drain_max);
}

void Supervisor::SetState(Shard& shard, ShardState state, std::string detail) {
  const absl::MutexLock lock(&mutex_);
  if (!shard.gauges.has_value()) return;  // It is another process's.
  shard.gauges->SetState(static_cast<int>(state));
  shard.status.state = state;
  shard.status.detail = std::move(detail);
}

void Supervisor::Fail(const absl::Status& status) {
  if (failure_.ok()) failure_ = status;
}

std::optional<std::stop_source> Supervisor::AwaitTenure(Shard& shard, const std::stop_token& stop) {
  const absl::MutexLock lock(&mutex_);
  const auto due = [&shard, &stop] { return shard.tenure.has_value() || stop.stop_requested(); };
  mutex_.Await(absl::Condition(&due));
  if (stop.stop_requested()) return std::nullopt;
  shard.at_work = true;
  return shard.tenure;
}

void Supervisor::Run(Shard& shard, const std::stop_token& stop) {
  bool well = true;
  while (well) {
    std::optional<std::stop_source> tenure = AwaitTenure(shard, stop);
    if (!tenure.has_value()) break;
    {
      const std::stop_callback end(stop, [&tenure] { tenure->request_stop(); });
      well = RunTenure(shard, tenure->get_token());
    }
    const absl::MutexLock lock(&mutex_);
    shard.at_work = false;
  }
  if (well) SetState(shard, ShardState::kStopped);
}

bool Supervisor::RunTenure(Shard& shard, const std::stop_token& stop) {
  absl::Duration interval = options_.reopen_interval_min;
  Freshness seen(HeartbeatSources(base_.log, shard.plan->spec), base_.clock.Now());
  std::string detail;
  while (!stop.stop_requested()) {
    SetState(shard, ShardState::kRestoring, detail);
    absl::StatusOr<std::unique_ptr<ShardRunner>> runner = ShardRunner::Open(
        options_.runner, base_, *shard.plan, shard.status.partition, *shard.metrics, stop, seen);
    absl::Status status = runner.status();
    if (runner.ok()) {
      const absl::Time opened = absl::Now();
      status = RunOpen(shard, **runner, stop);
      if (absl::Now() - opened > options_.reopen_interval_max) {
        interval = options_.reopen_interval_min;
      }
      seen = (*runner)->freshness();
    }
    runner = absl::CancelledError();  // Closed before it is opened again.
    if (stop.stop_requested()) break;
    if (status.code() == absl::StatusCode::kAborted) shard.metrics->CountFenced();
    const bool is_final = IsFinal(status, shard.plan->replica);
    detail = status.ToString();
    SetState(shard, is_final ? ShardState::kStopped : ShardState::kStarting, detail);
    base_.events.Warning("shard.closed", {{"stage", shard.status.stage},
                                          {"shard", std::to_string(shard.status.partition)},
                                          {"status", detail}});
    const absl::MutexLock lock(&mutex_);
    if (is_final) {
      Fail(absl::Status(status.code(), fmt::format("{}, shard {}: {}", shard.status.stage,
                                                   shard.status.partition, status.message())));
      return false;
    }
    const auto stopping = [&stop] { return stop.stop_requested(); };
    mutex_.AwaitWithTimeout(absl::Condition(&stopping), interval);
    interval = std::min(options_.reopen_interval_max, interval * 2);
  }
  return true;
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
    if (shard.gauges.has_value()) shard.status.freshness = runner.freshness().time();
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
    const ShardState state = shard->status.state;
    return state == ShardState::kRunning || state == ShardState::kPaused ||
           state == ShardState::kStandby;
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
    if (!shard->gauges.has_value()) continue;
    if (shard->runner != nullptr) {
      const log::Worker::Position position = shard->runner->position();
      shard->gauges->SetLag(position.lag_records, position.lag_bytes, position.lag_age);
    }
    if (const std::optional<absl::Time>& time = shard->status.freshness; time.has_value()) {
      shard->gauges->SetFreshness(now - *time);
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
  absl::Status status = AwaitThreads();
  if (status.ok()) memberships_.clear();
  return status;
}

absl::Status Supervisor::AwaitThreads() {
  const absl::MutexLock lock(&mutex_);
  const auto over = [this]()
                        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return running_threads_ == 0; };
  if (mutex_.AwaitWithTimeout(absl::Condition(&over), options_.drain_max)) return absl::OkStatus();
  std::string late;
  for (const std::unique_ptr<Shard>& shard : shards_) {
    if (!shard->at_work) continue;
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
