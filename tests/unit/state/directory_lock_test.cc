#include "pipeline/state/directory_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <thread>

#include "absl/time/clock.h"
#include "tests/support/temporary_directory.h"

namespace sluice::state {
namespace {

using ::testing::HasSubstr;

TEST(DirectoryLockTest, RefusesASecondOwnerAndNamesDirectoryAndProcess) {
  const support::TemporaryDirectory temporary;
  const std::string directory = temporary.Path("data");
  {
    const auto first = DirectoryLock::Acquire(directory);
    ASSERT_TRUE(first.ok()) << first.status();
    const auto second = DirectoryLock::Acquire(directory);
    EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(second.status().message()), HasSubstr(directory));
    EXPECT_THAT(std::string(second.status().message()), HasSubstr(std::to_string(getpid())));
  }
  EXPECT_TRUE(DirectoryLock::Acquire(directory).ok());
}

TEST(DirectoryLockTest, WaitsUntilTheFilesOfAnOwnerThatIsGoneAreClosed) {
  const support::TemporaryDirectory temporary;
  const std::string directory = temporary.Path("data");
  const pid_t gone = fork();
  if (gone == 0) _exit(0);
  ASSERT_EQ(waitpid(gone, nullptr, 0), gone);
  auto first = DirectoryLock::Acquire(directory);
  ASSERT_TRUE(first.ok()) << first.status();
  std::ofstream(directory + "/sluice.lock") << gone;
  std::optional<DirectoryLock> held = *std::move(first);
  const std::jthread closing([&held] {
    absl::SleepFor(absl::Milliseconds(50));
    held.reset();
  });
  const auto second = DirectoryLock::Acquire(directory);
  EXPECT_TRUE(second.ok()) << second.status();
}

TEST(DirectoryLockTest, MovesWithItsOwner) {
  const support::TemporaryDirectory temporary;
  const std::string directory = temporary.Path("data");
  auto first = DirectoryLock::Acquire(directory);
  ASSERT_TRUE(first.ok());
  const DirectoryLock moved = *std::move(first);
  EXPECT_FALSE(DirectoryLock::Acquire(directory).ok());
}

TEST(DirectoryLockTest, SaysWhichDirectoryCannotBeMade) {
  const support::TemporaryDirectory temporary;
  const std::string file = temporary.Path("file");
  std::ofstream(file) << "not a directory";
  const auto lock = DirectoryLock::Acquire(file + "/below");
  EXPECT_FALSE(lock.ok());
  EXPECT_THAT(std::string(lock.status().message()), HasSubstr(file));
}

}  // namespace
}  // namespace sluice::state
