#pragma once

#include <functional>
#include <thread>

#include "absl/time/time.h"
#include "pipeline/base/clock.h"

namespace sluice::base {

// Calls a function from a thread of its own, whenever the function wants to be called next; its
// destructor waits for a call that runs.
class Periodic {
 public:
  // Returns when it wants to be called again, on the clock; InfiniteFuture: never.
  using Task = std::function<absl::Time()>;

  // Calls at once for the first time. `clock` outlives it.
  Periodic(const Clock& clock, Task task);
  // Every so often.
  Periodic(const Clock& clock, absl::Duration interval, std::function<void()> task);

 private:
  std::jthread thread_;
};

}  // namespace sluice::base
