#include "pipeline/telemetry/stage_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <cassert>
#include <string>

namespace sluice::telemetry {
namespace {

// Seconds. The flow is expected between milliseconds at idle and minutes behind a backlog.
const prometheus::Histogram::BucketBoundaries& SecondsBuckets() {
  static const auto& buckets = *new prometheus::Histogram::BucketBoundaries{
      0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800};
  return buckets;
}

// Of an age or a time taken. Where the clock was set back in between, it is less than nothing.
double Seconds(absl::Duration duration) { return std::max(absl::ToDoubleSeconds(duration), 0.0); }

}  // namespace

void TurnCounts::Drop(std::string_view reason) {
  const auto found =
      std::ranges::find(dropped, reason, [](const auto& entry) { return entry.first; });
  if (found == dropped.end()) {
    dropped.emplace_back(reason, 1);
  } else {
    ++found->second;
  }
}

struct StageMetrics::Families {
  std::string stage;
  prometheus::Family<prometheus::Gauge>& lag_records;
  prometheus::Family<prometheus::Gauge>& lag_bytes;
  prometheus::Family<prometheus::Gauge>& lag_seconds;
  prometheus::Family<prometheus::Gauge>& freshness_seconds;
  prometheus::Family<prometheus::Gauge>& state;
};

StageMetrics::StageMetrics(prometheus::Registry& registry, std::string_view stage,
                           absl::Span<const std::string_view> reasons) {
  const prometheus::Labels labels = {{"stage", std::string(stage)}};
  const auto counter = [&](const char* name, const char* help) {
    return &prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
  };
  const auto gauges = [&](const char* name,
                          const char* help) -> prometheus::Family<prometheus::Gauge>& {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  };
  const auto histogram = [&](const char* name, const char* help) {
    return &prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add(
        labels, SecondsBuckets());
  };
  received_ = counter("sluice_records_received_total", "Pages that the stage took in.");
  passed_ = counter("sluice_records_passed_total", "Pages that the stage handed on or published.");
  dead_lettered_ =
      counter("sluice_records_dead_lettered_total", "Pages for which no answer was reached.");
  retried_ = counter("sluice_records_retried_total",
                     "Attempts that were repeated after a passing failure.");
  fenced_ =
      counter("sluice_shard_fenced_total", "Times that a shard was taken over by another process.");
  in_flight_ = &gauges("sluice_records_in_flight",
                       "Pages taken in and not ended yet, since the start of the process.")
                    .Add(labels);
  latency_ = histogram("sluice_record_latency_seconds",
                       "From a record's append to the commit of what came of it.");
  commit_ = histogram("sluice_commit_duration_seconds", "Time that a commit takes.");
  auto& dropped = prometheus::BuildCounter()
                      .Name("sluice_records_dropped_total")
                      .Help("Pages that the stage ended on purpose, by reason.")
                      .Register(registry);
  for (const std::string_view reason : reasons) {
    dropped_.emplace_back(
        reason, &dropped.Add({{"stage", std::string(stage)}, {"reason", std::string(reason)}}));
  }
  families_.reset(new Families{
      .stage = std::string(stage),
      .lag_records =
          gauges("sluice_lag_records", "Records that the shard has yet to read, at most."),
      .lag_bytes = gauges("sluice_lag_bytes", "Bytes that the shard has yet to read, estimated."),
      .lag_seconds =
          gauges("sluice_lag_seconds", "Age of the oldest record that the shard has yet to read."),
      .freshness_seconds = gauges("sluice_freshness_seconds",
                                  "All that was made longer ago than this has been seen."),
      .state = gauges("sluice_shard_state",
                      "0 stopped, 1 starting, 2 restoring, 4 running, 5 paused, 6 draining."),
  });
}

StageMetrics::~StageMetrics() = default;

void StageMetrics::Count(const TurnCounts& turn, absl::Duration commit_duration) {
  received_->Increment(static_cast<double>(turn.received));
  passed_->Increment(static_cast<double>(turn.passed));
  dead_lettered_->Increment(static_cast<double>(turn.dead_lettered));
  CountRetries(turn.retried);
  in_flight_->Increment(static_cast<double>(turn.held));
  for (const auto& [reason, count] : turn.dropped) {
    const auto found =
        std::ranges::find(dropped_, reason, [](const auto& entry) { return entry.first; });
    // A stage names its reasons when it is registered: another one is a mistake in the program.
    assert(found != dropped_.end());
    if (found != dropped_.end()) found->second->Increment(static_cast<double>(count));
  }
  if (!turn.latencies.empty()) {
    const auto& boundaries = SecondsBuckets();
    std::vector<double> increments(boundaries.size() + 1);
    double sum = 0;
    for (const absl::Duration latency : turn.latencies) {
      const double seconds = Seconds(latency);
      sum += seconds;
      ++increments[std::ranges::lower_bound(boundaries, seconds) - boundaries.begin()];
    }
    latency_->ObserveMultiple(increments, sum);
  }
  commit_->Observe(Seconds(commit_duration));
}

void StageMetrics::CountRetries(uint64_t retried) {
  retried_->Increment(static_cast<double>(retried));
}

void StageMetrics::CountFenced() { fenced_->Increment(); }

StageMetrics::Shard StageMetrics::MakeShard(uint32_t partition) {
  const prometheus::Labels labels = {{"stage", families_->stage},
                                     {"shard", std::to_string(partition)}};
  Shard shard;
  shard.lag_records_ = &families_->lag_records.Add(labels);
  shard.lag_bytes_ = &families_->lag_bytes.Add(labels);
  shard.lag_seconds_ = &families_->lag_seconds.Add(labels);
  shard.freshness_seconds_ = &families_->freshness_seconds.Add(labels);
  shard.state_ = &families_->state.Add(labels);
  return shard;
}

void StageMetrics::Remove(const Shard& shard) {
  families_->lag_records.Remove(shard.lag_records_);
  families_->lag_bytes.Remove(shard.lag_bytes_);
  families_->lag_seconds.Remove(shard.lag_seconds_);
  families_->freshness_seconds.Remove(shard.freshness_seconds_);
  families_->state.Remove(shard.state_);
}

void StageMetrics::Shard::SetLag(uint64_t records, uint64_t bytes, absl::Duration age) {
  lag_records_->Set(static_cast<double>(records));
  lag_bytes_->Set(static_cast<double>(bytes));
  lag_seconds_->Set(Seconds(age));
}

void StageMetrics::Shard::SetFreshness(absl::Duration age) {
  freshness_seconds_->Set(Seconds(age));
}

void StageMetrics::Shard::SetState(int state) { state_->Set(state); }

}  // namespace sluice::telemetry
