#include "pipeline/runtime/stop_signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace sluice::runtime {
namespace {

// Has a child process run `body`, for signals are a process's; its exit status, -1 where a signal
// ended it.
int ExitOf(void (*body)()) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    body();
    _exit(0);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool IsPending(int signal) {
  sigset_t set;
  sigpending(&set);
  return sigismember(&set, signal) == 1;
}

TEST(StopSignalsTest, CallsStopAtTheFirstSignal) {
  for (void (*const body)() : {+[] {
                                 StopSignals signals;
                                 absl::Notification stopped;
                                 signals.Watch([&] { stopped.Notify(); });
                                 kill(getpid(), SIGTERM);
                                 stopped.WaitForNotification();
                                 _exit(7);
                               },
                               +[] {
                                 StopSignals signals;
                                 kill(getpid(), SIGINT);  // Before anybody watches.
                                 absl::Notification stopped;
                                 signals.Watch([&] { stopped.Notify(); });
                                 stopped.WaitForNotification();
                                 _exit(7);
                               }}) {
    EXPECT_EQ(ExitOf(body), 7);
  }
}

TEST(StopSignalsTest, TakesAnOrderThatIsSentTwiceForOne) {
  EXPECT_EQ(ExitOf([] {
              {
                StopSignals signals({.order_time = absl::InfiniteDuration()});
                absl::Notification stopped;
                signals.Watch([&] { stopped.Notify(); });
                kill(getpid(), SIGTERM);
                stopped.WaitForNotification();
                kill(getpid(), SIGTERM);
                while (IsPending(SIGTERM)) std::this_thread::yield();
              }  // Joins the thread, which would have ended the process.
              _exit(7);
            }),
            7);
}

TEST(StopSignalsTest, EndsTheProcessAtTheSecondOrder) {
  EXPECT_EQ(ExitOf([] {
              StopSignals signals({.order_time = absl::ZeroDuration()});
              absl::Notification stopped;
              signals.Watch([&] { stopped.Notify(); });
              kill(getpid(), SIGTERM);
              stopped.WaitForNotification();
              kill(getpid(), SIGINT);
              for (;;) pause();
            }),
            128 + SIGINT);
}

TEST(StopSignalsTest, GoesWithoutASignal) {
  EXPECT_EQ(ExitOf([] {
              {
                StopSignals signals;
                signals.Watch([] { _exit(1); });
              }
              {
                const StopSignals unwatched;
              }
              _exit(7);
            }),
            7);
}

TEST(StopSignalsTest, OutlivesAClientThatHasGone) {
  EXPECT_EQ(ExitOf([] {
              const StopSignals signals;
              raise(SIGPIPE);
              _exit(7);
            }),
            7);
}

}  // namespace
}  // namespace sluice::runtime
