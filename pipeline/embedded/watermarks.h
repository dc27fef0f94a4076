#pragma once

#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "pipeline/log/transaction.h"

namespace sluice::embedded {

// A partition of a topic, by its place in log::Topics().
struct TopicPartition {
  size_t topic = 0;
  log::Partition partition = 0;
  friend bool operator==(const TopicPartition&, const TopicPartition&) = default;
};

// A partition's next offset after some commit.
struct PartitionEnd {
  TopicPartition at;
  uint64_t end = 0;
};

// How far each partition may be read, and the place to wait for more. Any thread.
class Watermarks {
 public:
  // Who reads: shards see what is written; replicas, which answer the outside, only what a power
  // cut cannot take back.
  enum class View { kWritten, kDurable };
  struct Range {
    uint64_t first = 0;
    uint64_t end = 0;
  };

  // `starts`: by topic and partition.
  explicit Watermarks(const std::vector<std::vector<Range>>& starts);

  Range range(const TopicPartition& at, View view) const;

  // Ends never fall: a smaller one changes nothing.
  void PublishWritten(absl::Span<const PartitionEnd> ends);
  void PublishDurable(absl::Span<const PartitionEnd> ends);
  void Trim(const TopicPartition& at, uint64_t first);

  // Waiting without a lost call: take the version, look, then wait for another version.
  uint64_t version() const;
  void WaitPast(uint64_t version, absl::Duration timeout) const;
  // Has everyone who waits look again: something other than a record has come.
  void Nudge();

 private:
  struct Marks {
    uint64_t first = 0;
    uint64_t written = 0;
    uint64_t durable = 0;
  };
  Marks& At(const TopicPartition& at) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  mutable absl::CondVar changed_;
  uint64_t version_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::vector<Marks>> marks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sluice::embedded
