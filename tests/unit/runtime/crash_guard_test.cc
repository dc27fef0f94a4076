#include "pipeline/runtime/crash_guard.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temporary_directory.h"

namespace sluice::runtime {
namespace {

constexpr log::Record kPoison = {.topic = "raw-pages", .partition = 0, .offset = 17};
constexpr log::Record kHarmless = {.topic = "raw-pages", .partition = 0, .offset = 18};

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
