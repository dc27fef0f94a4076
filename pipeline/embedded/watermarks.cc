#include "pipeline/embedded/watermarks.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace sluice::embedded {

Watermarks::Watermarks(const std::vector<std::vector<Range>>& starts) {
  for (const std::vector<Range>& topic : starts) {
    std::vector<Marks>& partitions = marks_.emplace_back();
    for (const Range& range : topic) {
      partitions.push_back({.first = range.first, .written = range.end, .durable = range.end});
    }
  }
}

Watermarks::Marks& Watermarks::At(const TopicPartition& at) {
  return marks_.at(at.topic).at(at.partition);
}

Watermarks::Range Watermarks::range(const TopicPartition& at, View view) const {
  absl::MutexLock lock(&mutex_);
  const Marks& marks = marks_.at(at.topic).at(at.partition);
  return {.first = marks.first, .end = view == View::kWritten ? marks.written : marks.durable};
}

void Watermarks::PublishWritten(absl::Span<const PartitionEnd> ends) {
  absl::MutexLock lock(&mutex_);
  for (const auto& [at, end] : ends) At(at).written = std::max(At(at).written, end);
  ++version_;
  changed_.SignalAll();
}

void Watermarks::PublishDurable(absl::Span<const PartitionEnd> ends) {
  absl::MutexLock lock(&mutex_);
  for (const auto& [at, end] : ends) {
    Marks& marks = At(at);
    marks.durable = std::max(marks.durable, end);
    marks.written = std::max(marks.written, end);
  }
  ++version_;
  changed_.SignalAll();
}

void Watermarks::Trim(const TopicPartition& at, uint64_t first) {
  absl::MutexLock lock(&mutex_);
  At(at).first = std::max(At(at).first, first);
}

uint64_t Watermarks::version() const {
  absl::MutexLock lock(&mutex_);
  return version_;
}

void Watermarks::WaitPast(uint64_t version, absl::Duration timeout) const {
  absl::MutexLock lock(&mutex_);
  const absl::Time until = absl::Now() + timeout;
  while (version_ == version) {
    if (changed_.WaitWithDeadline(&mutex_, until)) return;
  }
}

void Watermarks::Nudge() {
  absl::MutexLock lock(&mutex_);
  ++version_;
  changed_.SignalAll();
}

}  // namespace sluice::embedded
