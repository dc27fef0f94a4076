#pragma once

#include "absl/time/time.h"

namespace sluice::base {

// Where time comes from. Logic takes one by reference and reads no other. Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The machine's wall clock.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override;
};

}  // namespace sluice::base
