#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace sluice::telemetry {

// What a shard's turn adds to its stage's metrics, once it is committed.
struct TurnCounts {
  uint64_t received = 0;
  uint64_t passed = 0;
  uint64_t dead_lettered = 0;
  int64_t held = 0;  // Change of what the stage holds: in flight.
  uint64_t retried = 0;
  std::vector<std::pair<std::string_view, uint64_t>> dropped;  // By reason.
  std::vector<absl::Duration> latencies;                       // From append to commit, by record.

  void Drop(std::string_view reason);
};

// The metrics that every stage has, registered once. Labels: stage, and of drops the reason. Any
// thread.
class StageMetrics {
 public:
  // `reasons` is the stage's closed set of drop reasons. `registry` outlives it.
  StageMetrics(prometheus::Registry& registry, std::string_view stage,
               absl::Span<const std::string_view> reasons);
  ~StageMetrics();
  StageMetrics(const StageMetrics&) = delete;
  StageMetrics& operator=(const StageMetrics&) = delete;

  void Count(const TurnCounts& turn, absl::Duration commit_duration);
  // Of a turn that came to nothing else.
  void CountRetries(uint64_t retried);
  void CountFenced();

  // Of one shard, by its partition.
  class Shard {
   public:
    void SetLag(uint64_t records, uint64_t bytes, absl::Duration age);
    // `age`: now minus the time up to which all has been seen.
    void SetFreshness(absl::Duration age);
    // Its place in the life cycle (runtime::ShardState).
    void SetState(int state);

   private:
    friend class StageMetrics;
    prometheus::Gauge* lag_records_ = nullptr;
    prometheus::Gauge* lag_bytes_ = nullptr;
    prometheus::Gauge* lag_seconds_ = nullptr;
    prometheus::Gauge* freshness_seconds_ = nullptr;
    prometheus::Gauge* state_ = nullptr;
  };
  Shard MakeShard(uint32_t partition);
  // Its metrics go: another process has it now.
  void Remove(const Shard& shard);

 private:
  struct Families;

  prometheus::Counter* received_;
  prometheus::Counter* passed_;
  prometheus::Counter* dead_lettered_;
  prometheus::Counter* retried_;
  prometheus::Counter* fenced_;
  prometheus::Gauge* in_flight_;
  prometheus::Histogram* latency_;
  prometheus::Histogram* commit_;
  std::vector<std::pair<std::string_view, prometheus::Counter*>> dropped_;  // By reason.
  std::unique_ptr<Families> families_;
};

}  // namespace sluice::telemetry
