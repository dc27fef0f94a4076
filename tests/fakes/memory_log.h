#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "pipeline/log/log.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/memory_store.h"

namespace sluice::fakes {

// A Log in memory, for tests: complete, with time that the test moves and faults that the test
// orders. Any thread. A Poll's deadline is on the manual clock: a Poll without records waits until
// another thread appends, wakes or moves the clock.
class MemoryLog final : public log::Log {
 public:
  struct Options {
    log::Partition keyed_partitions = 1;
    uint64_t offset_gap =
        1;  // Offsets left out after each commit, as brokers leave out control records.
  };
  // A record as kept.
  struct Kept {
    log::Partition partition = 0;
    uint64_t offset = 0;
    absl::Time appended;
    std::string key;
    std::string value;
    friend bool operator==(const Kept&, const Kept&) = default;
  };
  // What runs of the same input have in common: records by topic as "partition key value", rows by
  // "shard/table key". Without offsets and times, which may differ.
  struct Contents {
    std::map<std::string, std::vector<std::string>> topics;
    std::map<std::string, std::string> rows;
    friend bool operator==(const Contents&, const Contents&) = default;
  };
  enum class Effect { kNone, kApplied };

  MemoryLog(const Options& options, ManualClock& clock);
  ~MemoryLog() override;

  absl::StatusOr<std::unique_ptr<log::Worker>> OpenWorker(const log::Spec& spec,
                                                          log::Partition partition, log::Load load,
                                                          std::stop_token stop) override;
  absl::StatusOr<std::unique_ptr<log::Worker>> OpenReplica(const log::Spec& spec, log::Load load,
                                                           std::stop_token stop) override;
  absl::StatusOr<std::unique_ptr<log::Appender>> OpenAppender() override;
  absl::StatusOr<std::vector<log::Backlog>> Backlogs(const log::Spec& spec) override;
  log::Partition Partitions(std::string_view topic) const override;
  // Gives nothing by itself: see Share.
  absl::StatusOr<std::unique_ptr<log::Membership>> Join(const log::Spec& spec,
                                                        log::SharesChanged changed) override;

  // Tells the n-th of those that have joined and not left, in the order in which they came.
  void Share(size_t member, const absl::StatusOr<std::vector<log::Partition>>& owned);
  size_t members() const;

  // Input and output, straight. The topic (and partition) must exist.
  void Append(std::string_view topic, std::string_view key, std::string value);
  void AppendTo(std::string_view topic, log::Partition partition, std::string_view key,
                std::string value);
  std::vector<Kept> Records(std::string_view topic) const;  // By partition, then offset.
  Contents Dump() const;
  // Retention: removes the partition's records below `offset`.
  void Trim(std::string_view topic, log::Partition partition, uint64_t offset);

  // The n-th Commit from now (1: the next), of any shard, returns `status`, its effect in place or
  // not; its worker is over.
  void FailCommit(uint64_t n, absl::Status status, Effect effect);
  // The n-th Append of an Appender from now is reported as not kept.
  void FailAppend(uint64_t n, absl::Status status);
  // Every open, Poll and Commit begins and ends with a step. At the n-th from now the process
  // "dies": that call and all later ones return kCancelled until Restart; steps before the effect
  // of a Commit undo it.
  void KillAtStep(uint64_t n);
  bool killed() const;
  uint64_t steps() const;         // So far: the range that KillAtStep may be tried with.
  uint64_t faults_fired() const;  // Of all three kinds.
  // The next process: workers opened before are over. With other Options than before, what they
  // contradict is refused at open.
  void Restart(std::optional<Options> options = std::nullopt);

 private:
  class Shard;
  class Input;
  class Member;
  struct Fault {
    uint64_t countdown = 0;
    absl::Status status;
    Effect effect = Effect::kNone;
  };

  absl::StatusOr<std::unique_ptr<log::Worker>> Open(const log::Spec& spec,
                                                    std::optional<log::Partition> partition,
                                                    log::Load load, std::stop_token stop);
  absl::Status CheckSpec(const log::Spec& spec, std::optional<log::Partition> partition) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // kCancelled: the process is dead, or dies now.
  absl::Status Step() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The fault that is due, if one is.
  std::optional<Fault> Due(std::vector<Fault>& faults) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ManualClock* clock_;  // Not owned.
  mutable absl::Mutex mutex_;
  absl::CondVar changed_;  // A record, a wake, a stop, a kill, another time.
  Options options_ ABSL_GUARDED_BY(mutex_);
  log::Partition stored_partitions_;  // That the store was made with.
  MemoryStore store_ ABSL_GUARDED_BY(mutex_);
  uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;  // Of the process.
  uint64_t steps_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t kill_at_ ABSL_GUARDED_BY(mutex_) = 0;  // 0: never.
  bool killed_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t faults_fired_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Member*> members_ ABSL_GUARDED_BY(mutex_);
  std::vector<Fault> commit_faults_ ABSL_GUARDED_BY(mutex_);
  std::vector<Fault> append_faults_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<ManualClock::Subscription> subscription_;
};

}  // namespace sluice::fakes
