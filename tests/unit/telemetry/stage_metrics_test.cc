#include "pipeline/telemetry/stage_metrics.h"

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <map>
#include <string>

namespace sluice::telemetry {
namespace {

// Of gauges their values, of histograms their sums, by name.
std::map<std::string, double> Seconds(const prometheus::Registry& registry) {
  std::map<std::string, double> all;
  for (const prometheus::MetricFamily& family : registry.Collect()) {
    const prometheus::ClientMetric& metric = family.metric.at(0);
    all[family.name] = family.type == prometheus::MetricType::Histogram
                           ? metric.histogram.sample_sum
                           : metric.gauge.value;
  }
  return all;
}

TEST(StageMetricsTest, NoAgeIsLessThanNothingWhenTheClockIsSetBack) {
  prometheus::Registry registry;
  StageMetrics metrics(registry, "dedupe", {});
  StageMetrics::Shard shard = metrics.MakeShard(0);
  shard.SetLag(1, 1, absl::Seconds(3));
  shard.SetFreshness(absl::Seconds(4));
  TurnCounts turn;
  turn.latencies = {absl::Seconds(1), absl::Seconds(-5)};
  metrics.Count(turn, absl::Seconds(2));
  std::map<std::string, double> seconds = Seconds(registry);
  EXPECT_EQ(seconds["sluice_lag_seconds"], 3);
  EXPECT_EQ(seconds["sluice_freshness_seconds"], 4);
  EXPECT_EQ(seconds["sluice_record_latency_seconds"], 1);
  EXPECT_EQ(seconds["sluice_commit_duration_seconds"], 2);
  shard.SetLag(1, 1, absl::Seconds(-3));
  shard.SetFreshness(absl::Seconds(-4));
  metrics.Count({}, absl::Seconds(-2));
  seconds = Seconds(registry);
  EXPECT_EQ(seconds["sluice_lag_seconds"], 0);
  EXPECT_EQ(seconds["sluice_freshness_seconds"], 0);
  EXPECT_EQ(seconds["sluice_commit_duration_seconds"], 2);
}

}  // namespace
}  // namespace sluice::telemetry
