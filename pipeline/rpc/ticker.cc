#include "pipeline/rpc/ticker.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

namespace sluice::rpc {

Ticker::Ticker(absl::Duration interval, std::function<void()> tick)
    : thread_([interval, tick = std::move(tick)](std::stop_token stop) {
        std::mutex mutex;
        std::condition_variable_any changed;
        std::unique_lock lock(mutex);
        while (!changed.wait_for(lock, stop, absl::ToChronoMilliseconds(interval),
                                 [&] { return stop.stop_requested(); })) {
          tick();
        }
      }) {}

}  // namespace sluice::rpc
