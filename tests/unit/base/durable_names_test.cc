#include "pipeline/base/durable_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.h"

namespace sluice::base {
namespace {

using ::testing::HasSubstr;

TEST(DurableNamesTest, MakesADirectoryWithItsParents) {
  const support::TemporaryDirectory temporary;
  for (const char* name : {"a/b/c", "a/b/d/", "a/b/c"}) {
    const absl::Status status = MakeDirectories(temporary.Path(name));
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_TRUE(std::filesystem::is_directory(temporary.Path(name)));
  }
}

TEST(DurableNamesTest, RefusesWhereAFileIsInTheWayAndNamesIt) {
  const support::TemporaryDirectory temporary;
  std::ofstream(temporary.Path("file")) << "x";
  for (const char* name : {"file", "file/below"}) {
    const absl::Status status = MakeDirectories(temporary.Path(name));
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(temporary.Path(name)));
  }
}

TEST(DurableNamesTest, SyncsADirectoryThatIsThere) {
  const support::TemporaryDirectory temporary;
  EXPECT_TRUE(SyncDirectory(temporary.path()).ok());
  EXPECT_EQ(SyncDirectory(temporary.Path("none")).code(), absl::StatusCode::kUnavailable);
}

TEST(DurableNamesTest, KnowsTheDirectoryOfAPath) {
  EXPECT_EQ(DirectoryOf("/a/b"), "/a");
  EXPECT_EQ(DirectoryOf("/a"), "/");
  EXPECT_EQ(DirectoryOf("a"), ".");
  EXPECT_EQ(DirectoryOf("a/b"), "a");
}

}  // namespace
}  // namespace sluice::base
