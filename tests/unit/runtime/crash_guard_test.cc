#include "pipeline/runtime/crash_guard.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <thread>
#include <vector>

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

  // Has a child process end by `signal` while it works on the record, after so many others.
  void DieAtWork(const log::Record& record, int signal, uint64_t others = 0) {
    const pid_t child = fork();
    if (child == 0) {
      auto guard = CrashGuard::Open(file());
      for (uint64_t other = 0; other < others; ++other) {
        const CrashGuard::Scope harmless(guard->get(), "deboilerplate",
                                         {.topic = "raw-pages", .offset = 100 + other});
      }
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

TEST_F(CrashGuardTest, CountsTheCrashesOfEachRecord) {
  DieAtWork(kPoison, SIGSEGV);
  DieAtWork(kHarmless, SIGSEGV);
  EXPECT_FALSE(Condemned(kPoison));
  EXPECT_FALSE(Condemned(kHarmless));
  DieAtWork(kPoison, SIGSEGV);
  EXPECT_TRUE(Condemned(kPoison));
  EXPECT_FALSE(Condemned(kHarmless));
}

TEST_F(CrashGuardTest, GuardsAsManyRecordsAsComeOneAfterAnother) {
  for (uint32_t crash = 0; crash < CrashGuard::kCrashesMax; ++crash) {
    DieAtWork(kPoison, SIGSEGV, 2 * CrashGuard::kSlots);
  }
  EXPECT_TRUE(Condemned(kPoison));
}

TEST_F(CrashGuardTest, LeavesWhatItHasNoRoomForUnguarded) {
  auto guard = CrashGuard::Open(file());
  ASSERT_TRUE(guard.ok()) << guard.status();
  std::vector<std::unique_ptr<CrashGuard::Scope>> at_once;
  for (size_t i = 0; i < CrashGuard::kSlots + 2; ++i) {
    at_once.push_back(std::make_unique<CrashGuard::Scope>(guard->get(), "deboilerplate", kPoison));
  }
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
