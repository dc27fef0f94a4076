#pragma once

#include <thread>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace sluice::support {

// Waits for what other threads bring about. False: not within twenty seconds.
template <typename Condition>
bool Eventually(Condition condition) {
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace sluice::support
