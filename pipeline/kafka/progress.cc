#include "pipeline/kafka/progress.h"

namespace sluice::kafka {

void Progress::Note(const std::string& group, absl::Span<const Place> places) {
  const absl::MutexLock lock(&mutex_);
  for (const Place& place : places) {
    offsets_[{group, place.topic, place.partition}] = place.offset;
  }
}

void Progress::Forget(const std::string& group, absl::Span<const Place> places) {
  const absl::MutexLock lock(&mutex_);
  for (const Place& place : places) offsets_.erase({group, place.topic, place.partition});
}

int64_t Progress::Known(const std::string& group, const Place& place) const {
  const absl::MutexLock lock(&mutex_);
  const auto found = offsets_.find({group, place.topic, place.partition});
  return found == offsets_.end() ? -1 : found->second;
}

}  // namespace sluice::kafka
