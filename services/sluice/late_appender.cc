#include "services/sluice/late_appender.h"

#include <utility>

#include "pipeline/base/strings.h"

namespace sluice::cli {

constexpr absl::Duration kRetryInterval = absl::Seconds(1);

LateAppender::LateAppender(log::Log& log, const base::Clock& clock)
    : log_(&log), opening_(clock, [this, &clock] { return Open(clock.Now()); }) {}

void LateAppender::Append(std::string_view topic, std::string_view key, std::string value,
                          absl::AnyInvocable<void(absl::Status)> durable) {
  log::Appender* appender = nullptr;
  absl::Status status;
  {
    const absl::MutexLock lock(&mutex_);
    appender = appender_.get();
    status = status_;
  }
  if (appender == nullptr) {
    durable(std::move(status));
  } else {
    appender->Append(topic, key, std::move(value), std::move(durable));
  }
}

absl::Time LateAppender::Open(absl::Time now) {
  absl::StatusOr<std::unique_ptr<log::Appender>> appender = log_->OpenAppender();
  const absl::MutexLock lock(&mutex_);
  if (!appender.ok()) {
    status_ = absl::UnavailableError(
        fmt::format("the log cannot be written to: {}", appender.status().message()));
    return now + kRetryInterval;
  }
  appender_ = *std::move(appender);
  return absl::InfiniteFuture();
}

}  // namespace sluice::cli
