#pragma once

#include <optional>
#include <utility>

#include "absl/time/time.h"

namespace sluice::base {

// Lets so many events of a kind through in each interval, and counts the others. One thread at a
// time.
class RateLimit {
 public:
  struct Options {
    int events_per_interval_max = 20;
    absl::Duration interval = absl::Seconds(10);
  };

  // How many were held back since the last that was let through; nullopt: so is this one.
  std::optional<int> Admit(const Options& options, absl::Time now) {
    if (absl::AbsDuration(now - since_) >= options.interval) {  // The clock may be set back.
      since_ = now;
      admitted_ = 0;
    }
    if (admitted_ >= options.events_per_interval_max) {
      ++held_back_;
      return std::nullopt;
    }
    ++admitted_;
    return std::exchange(held_back_, 0);
  }

 private:
  absl::Time since_ = absl::InfinitePast();
  int admitted_ = 0;
  int held_back_ = 0;
};

}  // namespace sluice::base
