#pragma once

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <cstdio>
#include <string>
#include <vector>

#include "pipeline/base/strings.h"
#include "pipeline/runtime/shard_runner.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/memory_log.h"
#include "tests/fakes/toy_stage.h"

namespace sluice::runtime {

// A log in memory, a clock that stands still, and what else a runner stands on.
struct RunnerFixture {
  explicit RunnerFixture(size_t threads = 1, log::Partition partitions = 1)
      : log({.keyed_partitions = partitions, .offset_gap = 1}, clock), pool(threads) {}

  ShardRunner::Base base() {
    return {.log = log, .pool = pool, .clock = clock, .events = events, .guard = nullptr};
  }

  // Opens the plan's shard; the test's metrics count.
  std::unique_ptr<ShardRunner> Open(const StagePlan& plan, ShardRunner::Options options = {},
                                    log::Partition partition = 0) {
    auto runner = ShardRunner::Open(options, base(), plan, partition, metrics, {});
    EXPECT_TRUE(runner.ok()) << runner.status();
    return runner.ok() ? *std::move(runner) : nullptr;
  }

  // One turn that does not wait.
  absl::Status Step(ShardRunner& runner) { return runner.Step(clock.Now()); }

  // The value of a series such as `sluice_records_passed_total{stage="toy"}`; -1: there is none.
  double Metric(std::string_view series) {
    const std::string text = prometheus::TextSerializer().Serialize(registry.Collect());
    const size_t at = text.find(fmt::format("\n{} ", series));
    return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 2));
  }

  template <typename Message>
  std::vector<Message> Read(std::string_view topic) {
    std::vector<Message> messages;
    for (const fakes::MemoryLog::Kept& record : log.Records(topic)) {
      if (record.key == kHeartbeatKey) continue;
      EXPECT_TRUE(messages.emplace_back().ParseFromString(record.value));
    }
    return messages;
  }

  fakes::ManualClock clock;
  fakes::MemoryLog log;
  Pool pool;
  telemetry::EventLog events{{}, clock, stderr};
  prometheus::Registry registry;
  static constexpr std::string_view kReasons[] = {fakes::ToyStage::kUnwanted};
  telemetry::StageMetrics metrics{registry, "toy", kReasons};
};

}  // namespace sluice::runtime
