#pragma once

#include <functional>
#include <thread>

namespace sluice::runtime {

// Calls `stop` when SIGTERM or SIGINT arrives, from a thread of its own; a second signal ends the
// process at once. Made before all other threads, which inherit that the signals are blocked. One a
// process.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Once.
  void Watch(std::function<void()> stop);

 private:
  int signals_;  // A signalfd.
  int ended_;    // An eventfd that ends the thread.
  std::jthread thread_;
};

}  // namespace sluice::runtime
