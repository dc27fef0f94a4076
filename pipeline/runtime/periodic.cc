#include "pipeline/runtime/periodic.h"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace sluice::runtime {

Periodic::Periodic(const base::Clock& clock, Task task)
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

}  // namespace sluice::runtime
