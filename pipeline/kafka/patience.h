#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pipeline/kafka/options.h"

namespace sluice::kafka {

// How long an operation goes on trying, and how it waits between two attempts. One thread.
class Patience {
 public:
  // No single call of librdkafka blocks longer, so that a stop is seen.
  static constexpr absl::Duration kCallMax = absl::Seconds(2);

  // For an open: until it is stopped (kCancelled) or open_wait_max has gone by (kUnavailable).
  static Patience ToOpen(const Options& options, std::string who, std::stop_token stop);
  // For a commit: until stop_wait_max has gone by since it was stopped (kCancelled).
  static Patience ToCommit(const Options& options, std::string who, std::stop_token stop);

  // Tells why, then waits a little longer than the last time. Not OK: give up; the message ends
  // with `why`.
  absl::Status Wait(std::string_view why);

 private:
  Patience(const Options& options, std::string who, std::stop_token stop, absl::Time deadline);

  const Options* options_;  // Not owned.
  std::string who_;
  std::stop_token stop_;
  absl::Time deadline_;  // Without a stop.
  absl::Duration stop_wait_max_;
  absl::Duration interval_;
  absl::Time stopped_ = absl::InfiniteFuture();  // When a stop was first seen.
};

}  // namespace sluice::kafka
