#include "services/sluice/cursor_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/base/strings.h"
#include "services/feed/cursor.h"
#include "tests/support/temporary_directory.h"

// What is called for, in order; the linker leads the calls here (--wrap).
namespace {
std::vector<std::string>* calls = nullptr;
std::string failing;

int Note(const std::string& call, int descriptor, int (*real)(int)) {
  char path[PATH_MAX] = {};
  const ssize_t size =
      readlink(fmt::format("/proc/self/fd/{}", descriptor).c_str(), path, sizeof(path) - 1);
  const std::string name =
      std::filesystem::path(std::string(path, size > 0 ? static_cast<size_t>(size) : 0)).filename();
  if (calls != nullptr) calls->push_back(call + " " + name);
  if (failing == call + " " + name) {
    errno = EIO;
    return -1;
  }
  return real(descriptor);
}
}  // namespace

extern "C" {
int __real_fsync(int descriptor);
int __real_fdatasync(int descriptor);
int __real_rename(const char* from, const char* to);
int __wrap_fsync(int descriptor) { return Note("sync", descriptor, __real_fsync); }
int __wrap_fdatasync(int descriptor) { return Note("sync", descriptor, __real_fdatasync); }
int __wrap_rename(const char* from, const char* to) {
  if (calls != nullptr) {
    calls->push_back("rename to " + std::filesystem::path(to).filename().string());
  }
  return __real_rename(from, to);
}
}

namespace sluice::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kCursor = feed::Cursor::After(7, 8, absl::UnixEpoch()).Encode();

class CursorFileTest : public testing::Test {
 protected:
  void SetUp() override { calls = &calls_; }
  void TearDown() override {
    calls = nullptr;
    failing.clear();
  }

  std::vector<std::string> calls_;
  const support::TemporaryDirectory directory_;
  const std::string path_ = directory_.Path("state");
  const std::string folder_ = std::filesystem::path(directory_.path()).filename();
};

TEST_F(CursorFileTest, IsOnTheDiskBeforeItHasItsName) {
  ASSERT_TRUE(WriteCursorFile(path_, kCursor).ok());
  EXPECT_THAT(calls_, ElementsAre("sync state.new", "rename to state", "sync " + folder_));
  EXPECT_EQ(*ReadCursorFile(path_), kCursor);
}

TEST_F(CursorFileTest, AFailedSyncIsToldAndLeavesTheOldCursor) {
  ASSERT_TRUE(WriteCursorFile(path_, kCursor).ok());
  failing = "sync state.new";
  const std::string later = feed::Cursor::After(9, 8, absl::UnixEpoch()).Encode();
  const absl::Status status = WriteCursorFile(path_, later);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_EQ(*ReadCursorFile(path_), kCursor);
  failing = "sync " + folder_;
  EXPECT_EQ(WriteCursorFile(path_, later).code(), absl::StatusCode::kDataLoss);
}

TEST_F(CursorFileTest, SyncsAnOutputThatIsAFile) {
  const int file = open(directory_.Path("output").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_GE(file, 0);
  EXPECT_TRUE(SyncOutput(file).ok());
  EXPECT_THAT(calls_, ElementsAre("sync output"));
  failing = "sync output";
  const absl::Status status = SyncOutput(file);
  close(file);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(base::ToStd(status.message())), HasSubstr("output"));
}

TEST_F(CursorFileTest, APipeHasNoDisk) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  EXPECT_TRUE(SyncOutput(ends[1]).ok());
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace sluice::cli
