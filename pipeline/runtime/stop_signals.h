#pragma once

#include <functional>
#include <thread>

#include "absl/time/time.h"

namespace sluice::runtime {

// Calls `stop` when SIGTERM or SIGINT arrives, from a thread of its own; a second order ends the
// process at once. Made before all other threads, which inherit that the signals are blocked. One a
// process.
class StopSignals {
 public:
  struct Options {
    // Signals that come so soon after the first are the same order: timeout(1) sends each twice,
    // and so do wrappers that hand on what their whole group was sent.
    absl::Duration order_time = absl::Seconds(1);
  };

  StopSignals() : StopSignals(Options()) {}
  explicit StopSignals(const Options& options);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Once.
  void Watch(std::function<void()> stop);

 private:
  const Options options_;
  int signals_;  // A signalfd.
  int ended_;    // An eventfd that ends the thread.
  std::jthread thread_;
};

}  // namespace sluice::runtime
