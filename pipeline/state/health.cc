#include "pipeline/state/health.h"

#include <rocksdb/status.h>

#include "pipeline/base/strings.h"

namespace sluice::state {

absl::Status Health::status() const {
  absl::MutexLock lock(&mutex_);
  return first_;
}

absl::Status Health::Check(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return this->status();
  if (status.IsNoSpace()) {
    return Fail(fmt::format("{}: the disk is full: free some space and start again ({})", doing,
                            status.ToString()));
  }
  return Fail(fmt::format("{}: {}", doing, status.ToString()));
}

absl::Status Health::Fail(std::string_view message) {
  absl::MutexLock lock(&mutex_);
  if (first_.ok()) first_ = absl::DataLossError(base::ToAbsl(message));
  return first_;
}

}  // namespace sluice::state
