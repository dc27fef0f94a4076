#include "pipeline/runtime/stop_signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <optional>
#include <utility>

namespace sluice::runtime {

StopSignals::StopSignals(const Options& options)
    : options_(options), ended_(eventfd(0, EFD_CLOEXEC)) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC);
  // Writing to a client that has gone is an error code, not the end of the process.
  signal(SIGPIPE, SIG_IGN);
}

StopSignals::~StopSignals() {
  const uint64_t one = 1;
  // An eventfd of our own takes eight bytes.
  (void)!write(ended_, &one, sizeof(one));
  if (thread_.joinable()) thread_.join();
  close(signals_);
  close(ended_);
}

void StopSignals::Watch(std::function<void()> stop) {
  thread_ = std::jthread([this, stop = std::move(stop)] {
    using std::chrono::steady_clock;
    std::optional<steady_clock::time_point> ordered;
    while (true) {
      pollfd files[] = {{.fd = signals_, .events = POLLIN, .revents = 0},
                        {.fd = ended_, .events = POLLIN, .revents = 0}};
      if (poll(files, 2, -1) < 0) continue;
      if (files[1].revents != 0) return;
      signalfd_siginfo info;
      if (read(signals_, &info, sizeof(info)) != sizeof(info)) continue;
      const steady_clock::time_point now = steady_clock::now();
      if (!ordered.has_value()) {
        ordered = now;
        stop();
      } else if (absl::FromChrono(now - *ordered) >= options_.order_time) {
        _exit(128 + static_cast<int>(info.ssi_signo));
      }
    }
  });
}

}  // namespace sluice::runtime
