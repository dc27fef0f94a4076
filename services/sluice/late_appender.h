#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "pipeline/base/clock.h"
#include "pipeline/base/periodic.h"
#include "pipeline/log/log.h"

namespace sluice::cli {

// An Appender that is there from the start and opens the log's own as soon as that can be had: a
// broker may be away when the process begins. Until then what is appended is answered with
// kUnavailable. Has a thread that ends once it is open.
class LateAppender final : public log::Appender {
 public:
  LateAppender(log::Log& log, const base::Clock& clock);  // Both outlive it.

  void Append(std::string_view topic, std::string_view key, std::string value,
              absl::AnyInvocable<void(absl::Status)> durable) override;

 private:
  absl::Time Open(absl::Time now);

  log::Log* log_;  // Not owned.
  absl::Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_) =
      absl::UnavailableError("the log is not open yet; try later");
  std::unique_ptr<log::Appender> appender_ ABSL_GUARDED_BY(mutex_);
  const base::Periodic opening_;
};

}  // namespace sluice::cli
