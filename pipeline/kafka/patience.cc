#include "pipeline/kafka/patience.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "absl/time/clock.h"
#include "pipeline/base/strings.h"

namespace sluice::kafka {

Patience::Patience(const Options& options, std::string who, std::stop_token stop,
                   absl::Time deadline)
    : options_(&options),
      who_(std::move(who)),
      stop_(std::move(stop)),
      deadline_(deadline),
      interval_(options.retry_interval_min) {
  if (stop_.stop_requested()) stopped_ = absl::Now();
}

Patience Patience::ToOpen(const Options& options, std::string who, std::stop_token stop) {
  return {options, std::move(who), std::move(stop), absl::Now() + options.open_wait_max};
}

Patience Patience::ToCommit(const Options& options, std::string who, std::stop_token stop) {
  Patience patience(options, std::move(who), std::move(stop), absl::InfiniteFuture());
  patience.stop_wait_max_ = options.stop_wait_max;
  return patience;
}

absl::Status Patience::Wait(std::string_view why) {
  if (options_->on_waiting != nullptr) options_->on_waiting(who_, why);
  const absl::Time now = absl::Now();
  if (stop_.stop_requested()) stopped_ = std::min(stopped_, now);
  if (now >= stopped_ + stop_wait_max_) {
    return absl::CancelledError(fmt::format("{} was stopped while it waited: {}", who_, why));
  }
  if (now >= deadline_) return absl::UnavailableError(fmt::format("{}: {}", who_, why));

  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  const absl::Duration wait = std::min(interval_, deadline_ - now);
  interval_ = std::min(options_->retry_interval_max, interval_ * 2);
  // A commit that is being stopped goes on trying, and must not do so without a pause.
  const std::stop_token token = stopped_ == absl::InfiniteFuture() ? stop_ : std::stop_token();
  stopped.wait_for(lock, token, absl::ToChronoMilliseconds(wait), [] { return false; });
  return absl::OkStatus();
}

}  // namespace sluice::kafka
