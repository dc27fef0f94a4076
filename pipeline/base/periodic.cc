#include "pipeline/base/periodic.h"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace sluice::base {

Periodic::Periodic(const Clock& clock, Task task)
    : thread_([&clock, task = std::move(task)](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any stopped;
        while (!stop.stop_requested()) {
          const absl::Time next = task();
          std::unique_lock lock(mutex);
          const auto never = [] { return false; };
          if (next == absl::InfiniteFuture()) {
            stopped.wait(lock, stop, never);
          } else {
            stopped.wait_for(lock, stop, absl::ToChronoMicroseconds(next - clock.Now()), never);
          }
        }
      }) {}

Periodic::Periodic(const Clock& clock, absl::Duration interval, std::function<void()> task)
    : Periodic(clock, [&clock, interval, task = std::move(task)] {
        task();
        return clock.Now() + interval;
      }) {}

}  // namespace sluice::base
