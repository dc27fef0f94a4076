#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "pipeline/base/strings.h"

namespace sluice::kafka {

// How large records of each topic are, as far as this process has seen any: brokers tell how many
// are unread, not how large. Any thread.
class RecordSizes {
 public:
  static constexpr uint64_t kUnknownBytes =
      16 << 10;  // Assumed of topics of which no record was seen.

  // `topic` without the prefix.
  void Note(std::string_view topic, uint64_t records, uint64_t bytes);
  uint64_t Typical(std::string_view topic) const;

 private:
  mutable absl::Mutex mutex_;
  base::StringMap<double> typical_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sluice::kafka
