#pragma once

#include <functional>
#include <thread>

#include "absl/time/time.h"

namespace sluice::rpc {

// Calls a function every so often, from a thread of its own, until it goes; its destructor waits
// for a call that runs.
class Ticker {
 public:
  Ticker(absl::Duration interval, std::function<void()> tick);

 private:
  std::jthread thread_;
};

}  // namespace sluice::rpc
