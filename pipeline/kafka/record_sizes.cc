#include "pipeline/kafka/record_sizes.h"

#include <algorithm>
#include <string>

namespace sluice::kafka {

void RecordSizes::Note(std::string_view topic, uint64_t records, uint64_t bytes) {
  if (records == 0) return;
  const double mean = static_cast<double>(bytes) / static_cast<double>(records);
  const absl::MutexLock lock(&mutex_);
  const auto found = typical_.find(topic);
  if (found == typical_.end()) {
    typical_.emplace(topic, mean);
    return;
  }
  // The last thousand records or so.
  const double weight = std::min(1.0, static_cast<double>(records) / 1000);
  found->second += weight * (mean - found->second);
}

uint64_t RecordSizes::Typical(std::string_view topic) const {
  const absl::MutexLock lock(&mutex_);
  const auto found = typical_.find(topic);
  return found == typical_.end() ? kUnknownBytes : static_cast<uint64_t>(found->second);
}

}  // namespace sluice::kafka
