#include "pipeline/runtime/shard_runner.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"

namespace sluice::runtime {
namespace {

// A passing failure: the same record may succeed later.
bool MayPass(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kResourceExhausted:
      return true;
    default:
      return false;
  }
}

bool IsDefect(const absl::Status& status) {
  return status.code() == absl::StatusCode::kInternal ||
         status.code() == absl::StatusCode::kUnknown;
}

// What a stage writes and what its runner writes beside it.
log::Spec WithOwnOutputs(log::Spec spec) {
  for (const std::string_view topic : {log::kOutcomes, log::kDeadLetters}) {
    if (std::ranges::find(spec.outputs, topic) == spec.outputs.end()) {
      spec.outputs.emplace_back(topic);
    }
  }
  return spec;
}

}  // namespace

// What a wake function holds: it may be called before the worker is open and after it is closed.
class ShardRunner::WakeHandle {
 public:
  void Attach(log::Worker* worker) {
    const absl::MutexLock lock(&mutex_);
    worker_ = worker;
    if (worker_ != nullptr && interrupted_) worker_->Wake();
  }

  void Wake() {
    woken_.store(true);
    Interrupt();
  }

  void Interrupt() {
    const absl::MutexLock lock(&mutex_);
    interrupted_ = true;
    if (worker_ != nullptr) worker_->Wake();
  }

  bool TakeWoken() { return woken_.exchange(false); }

  // Waits until `deadline` or a wake.
  void Wait(absl::Time deadline) {
    const absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithDeadline(absl::Condition(&interrupted_), deadline);
    interrupted_ = false;
  }

 private:
  std::atomic<bool> woken_ = false;
  absl::Mutex mutex_;
  bool interrupted_ ABSL_GUARDED_BY(mutex_) = false;
  log::Worker* worker_ ABSL_GUARDED_BY(mutex_) = nullptr;  // Not owned.
};

ShardRunner::ShardRunner(const Options& options, const Base& base, const StagePlan& plan,
                         log::Partition partition, telemetry::StageMetrics& metrics,
                         Freshness freshness)
    : options_(options),
      base_(base),
      plan_(&plan),
      partition_(partition),
      metrics_(&metrics),
      wake_(std::make_shared<WakeHandle>()),
      freshness_(std::move(freshness)) {}

absl::StatusOr<std::unique_ptr<ShardRunner>> ShardRunner::Open(
    const Options& options, const Base& base, const StagePlan& plan, log::Partition partition,
    telemetry::StageMetrics& metrics, const std::stop_token& stop,
    std::optional<Freshness> freshness) {
  if (!freshness.has_value()) {
    freshness.emplace(HeartbeatSources(base.log, plan.spec), base.clock.Now());
  }
  std::unique_ptr<ShardRunner> runner(
      new ShardRunner(options, base, plan, partition, metrics, *std::move(freshness)));
  auto stage = plan.make(partition, [handle = runner->wake_] { handle->Wake(); });
  if (!stage.ok()) return stage.status();
  runner->stage_ = *std::move(stage);
  const auto load = [&](std::string_view table, std::string_view key, std::string_view value) {
    runner->stage_->Load(table, key, value);
  };
  auto worker = plan.replica
                    ? base.log.OpenReplica(plan.spec, load, stop)
                    : base.log.OpenWorker(WithOwnOutputs(plan.spec), partition, load, stop);
  if (!worker.ok()) return worker.status();
  runner->worker_ = *std::move(worker);
  runner->stage_->Opened(runner->worker_->state());
  runner->wake_->Attach(runner->worker_.get());
  return runner;
}

ShardRunner::~ShardRunner() { wake_->Attach(nullptr); }

void ShardRunner::Interrupt() { wake_->Interrupt(); }

absl::Status ShardRunner::Step(absl::Time deadline) {
  if (at_ == batch_.size()) {
    if (absl::Status status = Fill(deadline); !status.ok()) return status;
  } else {
    WaitForRetry(deadline);
  }
  const absl::Time now = base_.clock.Now();
  Turn turn({.stage = plan_->spec.stage,
             .main_output = plan_->replica ? std::string_view() : plan_->spec.outputs.front(),
             .dead_letter_bytes_max = options_.dead_letter_bytes_max},
            worker_->state(), now);
  WakeStage(turn);
  const size_t first = at_;
  while (at_ < batch_.size() && now >= retry_at_ && Handle(turn)) {
    ++at_;
    attempts_ = 0;
  }
  if (plan_->makes_heartbeats && now >= next_heartbeat_) {
    next_heartbeat_ = now + options_.heartbeat_interval;
    EmitHeartbeat(turn, EncodeHeartbeat(fmt::format("{}.{}", plan_->spec.stage, partition_), now));
  }
  return Commit(std::move(turn), first);
}

absl::Status ShardRunner::Fill(absl::Time deadline) {
  deadline = std::min(deadline, std::max(stage_->NextWake(), wake_retry_at_));
  if (plan_->makes_heartbeats) deadline = std::min(deadline, next_heartbeat_);
  prepared_.clear();
  batch_.clear();
  at_ = 0;
  absl::StatusOr<std::vector<log::Record>> batch = worker_->Poll(options_.limits, deadline);
  if (!batch.ok()) return batch.status();
  batch_ = *std::move(batch);
  Prepare();
  return absl::OkStatus();
}

void ShardRunner::Prepare() {
  prepared_.clear();
  prepared_.resize(batch_.size());
  base_.pool.ParallelFor(batch_.size() - at_, [this](size_t i) {
    const log::Record& record = batch_[at_ + i];
    if (IsHeartbeat(record)) return;
    if (base_.guard != nullptr && base_.guard->Condemned(plan_->spec.stage, record)) {
      prepared_[at_ + i] = absl::DataLossError(fmt::format(
          "working on this record has ended the process {} times", CrashGuard::kCrashesMax));
      return;
    }
    const CrashGuard::Scope scope(base_.guard, plan_->spec.stage, record);
    prepared_[at_ + i] = stage_->Prepare(record);
  });
}

bool ShardRunner::Handle(Turn& turn) {
  const log::Record& record = batch_[at_];
  if (IsHeartbeat(record)) {
    freshness_.Observe(record.value);
    EmitHeartbeat(turn, record.value);
    return true;
  }
  absl::StatusOr<std::unique_ptr<stage::Prepared>>& prepared = prepared_[at_];
  const absl::Status status =
      prepared.ok() ? turn.Apply(*stage_, **prepared, record) : prepared.status();
  if (!status.ok()) {
    if (MayPass(status) && RetryLater(status)) {
      ++turn.counts().retried;
      return false;
    }
    if (IsDefect(status)) {
      base_.events.Error("stage.defect", {{"stage", plan_->spec.stage},
                                          {"topic", std::string(record.topic)},
                                          {"offset", std::to_string(record.offset)},
                                          {"status", status.ToString()}});
    }
    turn.DeadLetter(record, status, attempts_ + 1);
  }
  turn.counts().latencies.push_back(base_.clock.Now() - record.appended);
  return true;
}

bool ShardRunner::RetryLater(const absl::Status& status) {
  const absl::Time now = base_.clock.Now();
  if (attempts_ == 0) first_attempt_ = now;
  if (now - first_attempt_ >= options_.retry_max) return false;
  const absl::Duration interval = std::min(
      options_.retry_interval_max, options_.retry_interval_min * (1 << std::min(attempts_, 20U)));
  retry_at_ = now + interval;
  ++attempts_;
  base_.events.Warning("stage.retry", {{"stage", plan_->spec.stage},
                                       {"attempt", std::to_string(attempts_)},
                                       {"status", status.ToString()}});
  return true;
}

void ShardRunner::WaitForRetry(absl::Time deadline) {
  const absl::Time now = base_.clock.Now();
  if (now < retry_at_) {
    const absl::Time next =
        std::min({deadline, retry_at_, std::max(stage_->NextWake(), wake_retry_at_)});
    wake_->Wait(absl::Now() + (next - now));
  }
  // Apply may have taken from what Prepare made.
  if (base_.clock.Now() >= retry_at_) Prepare();
}

void ShardRunner::WakeStage(Turn& turn) {
  const absl::Time now = base_.clock.Now();
  const bool woken = wake_->TakeWoken();
  if (!woken && (now < stage_->NextWake() || now < wake_retry_at_)) return;
  const absl::Status status = turn.Wake(*stage_);
  if (status.ok()) {
    wake_retry_at_ = absl::InfinitePast();
    return;
  }
  wake_retry_at_ = now + absl::Seconds(1);
  base_.events.Warning("stage.wake_failed",
                       {{"stage", plan_->spec.stage}, {"status", status.ToString()}});
}

void ShardRunner::EmitHeartbeat(Turn& turn, std::string_view value) {
  if (plan_->replica) return;
  const std::string& output = plan_->spec.outputs.front();
  const log::Partition outputs = base_.log.Partitions(output);
  const log::Partition inputs = base_.log.Partitions(plan_->spec.inputs.front());
  // One decider feeds many partitions: each of them must see that time goes on.
  const bool widens = outputs > inputs;
  for (log::Partition p = 0; p < outputs; ++p) {
    if (widens || p == partition_ % outputs) {
      // Some forty bytes: within any limit.
      turn.transaction().EmitTo(output, p, kHeartbeatKey, std::string(value)).IgnoreError();
    }
  }
}

absl::Status ShardRunner::Commit(Turn turn, size_t first) {
  if (turn.transaction().empty() && at_ == first) {
    metrics_->CountRetries(turn.counts().retried);
    return absl::OkStatus();
  }
  const telemetry::TurnCounts counts = std::move(turn.counts());
  const absl::Time start = absl::Now();
  absl::Status status = worker_->Commit(std::move(turn.transaction()),
                                        absl::MakeConstSpan(batch_).subspan(first, at_ - first));
  if (!status.ok()) return status;
  metrics_->Count(counts, absl::Now() - start);
  stage_->Committed();
  return absl::OkStatus();
}

}  // namespace sluice::runtime
