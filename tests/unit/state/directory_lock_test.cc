#include "pipeline/state/directory_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "tests/support/temporary_directory.h"

namespace sluice::state {
namespace {

using ::testing::HasSubstr;

// How many descriptors of this process are of files of that name.
int OpenFiles(const std::string& name) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code closed;
    if (std::filesystem::read_symlink(entry.path(), closed).filename() == name) ++count;
  }
  return count;
}

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
    while (OpenFiles("sluice.lock") < 2) std::this_thread::yield();  // It is being asked for.
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
