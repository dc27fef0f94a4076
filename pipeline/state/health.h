#pragma once

#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace rocksdb {
class Status;
}  // namespace rocksdb

namespace sluice::state {

// Whether a database can be trusted. The first failure stays: reads that cannot say so themselves
// (State) note it here, and the next commit meets it. Any thread.
class Health {
 public:
  // The first failure as kDataLoss, or OK.
  absl::Status status() const;

  // Notes a failure, OK apart, and returns status(). `doing` says what was tried and where:
  // "reading /data/log".
  absl::Status Check(const rocksdb::Status& status, std::string_view doing);
  absl::Status Fail(std::string_view message);

 private:
  mutable absl::Mutex mutex_;
  absl::Status first_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sluice::state
