#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "pipeline/kafka/reader.h"

namespace sluice::kafka {

// What the workers of this process have committed. Brokers show a transaction's offsets a moment
// after they have said that it is committed; to ask for settled ones would be to wait until no
// shard of the group is committing. Any thread.
class Progress {
 public:
  void Note(const std::string& group, absl::Span<const Place> places);
  // A worker is closed: another process may go on, from wherever it is told to.
  void Forget(const std::string& group, absl::Span<const Place> places);
  // -1: not known here.
  int64_t Known(const std::string& group, const Place& place) const;

 private:
  using Key = std::tuple<std::string, std::string, int32_t>;  // Group, topic, partition.

  mutable absl::Mutex mutex_;
  std::map<Key, int64_t> offsets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sluice::kafka
