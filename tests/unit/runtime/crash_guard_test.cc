#include "pipeline/runtime/crash_guard.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "tests/support/temporary_directory.h"

namespace sluice::runtime {
namespace {

constexpr log::Record kPoison = {.topic = "raw-pages", .partition = 0, .offset = 17};
constexpr log::Record kHarmless = {.topic = "raw-pages", .partition = 0, .offset = 18};

// Takes 4 KiB of the stack a call, until there is no more.
int Recurse(volatile char* above) {
  volatile char frame[4096] = {};
  frame[0] = *above;
  if (frame[0] != 0) return 0;
  return Recurse(frame) + frame[0];
}

class CrashGuardTest : public testing::Test {
 protected:
  std::string file() const { return directory_.Path("guard"); }

  // Has a child process end by `signal` while it works on the record.
  void DieAtWork(const log::Record& record, int signal) {
    const pid_t child = fork();
    if (child == 0) {
      auto guard = CrashGuard::Open(file());
      const CrashGuard::Scope scope(guard->get(), "deboilerplate", record);
      kill(getpid(), signal);
      pause();
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_EQ(WTERMSIG(status), signal);
  }

  bool Condemned(const log::Record& record) {
    return CrashGuard::Open(file()).value()->Condemned("deboilerplate", record);
  }

  const support::TemporaryDirectory directory_;
};

TEST_F(CrashGuardTest, CondemnsARecordAtTheSecondCrash) {
  EXPECT_FALSE(Condemned(kPoison));
  DieAtWork(kPoison, SIGSEGV);
  EXPECT_FALSE(Condemned(kPoison));
  DieAtWork(kPoison, SIGABRT);
  EXPECT_TRUE(Condemned(kPoison));
  EXPECT_FALSE(Condemned(kHarmless));
}

TEST_F(CrashGuardTest, MarksARecordOnWhichTheStackOverflows) {
  for (const bool on_main_thread : {true, false}) {
    const pid_t child = fork();
    if (child == 0) {
      auto guard = CrashGuard::Open(file());
      const auto work = [&] {
        const CrashGuard::Scope scope(guard->get(), "deboilerplate", kPoison);
        volatile char first = 0;
        Recurse(&first);
      };
      if (on_main_thread) work();
      std::thread(work).join();
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_EQ(WTERMSIG(status), SIGSEGV);
  }
  EXPECT_TRUE(Condemned(kPoison));
}

TEST_F(CrashGuardTest, SuspectsNobodyWhenTheProcessIsKilledFromOutside) {
  for (int i = 0; i < 4; ++i) DieAtWork(kPoison, SIGKILL);
  EXPECT_FALSE(Condemned(kPoison));
}

TEST_F(CrashGuardTest, ForgetsACrashWhenTheRecordGoesThroughLater) {
  DieAtWork(kPoison, SIGSEGV);
  {
    auto guard = CrashGuard::Open(file());
    ASSERT_TRUE(guard.ok());
    const CrashGuard::Scope scope(guard->get(), "deboilerplate", kPoison);
  }
  DieAtWork(kPoison, SIGSEGV);
  EXPECT_FALSE(Condemned(kPoison));
}

TEST_F(CrashGuardTest, NamesTheFileThatItCannotOpen) {
  const auto guard = CrashGuard::Open(directory_.Path("missing/guard"));
  EXPECT_EQ(guard.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(guard.status().ToString().find("missing/guard"), std::string::npos);
}

}  // namespace
}  // namespace sluice::runtime
