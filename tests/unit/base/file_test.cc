#include "pipeline/base/file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/support/temporary_directory.h"

namespace sluice::base {
namespace {

TEST(FileTest, IsReadWhole) {
  const support::TemporaryDirectory directory;
  const std::string bytes(3 << 20, 'x');
  std::ofstream(directory.Path("file"), std::ios::binary) << bytes;
  EXPECT_EQ(*ReadFile(directory.Path("file"), bytes.size()), bytes);
}

TEST(FileTest, AnEmptyFileIsEmpty) { EXPECT_EQ(*ReadFile("/dev/null", 0), ""); }

TEST(FileTest, OneByteTooManyIsRefusedWithTheLimit) {
  const support::TemporaryDirectory directory;
  std::ofstream(directory.Path("file")) << "hello";
  EXPECT_EQ(*ReadFile(directory.Path("file"), 5), "hello");
  const absl::Status status = ReadFile(directory.Path("file"), 4).status();
  EXPECT_TRUE(absl::IsOutOfRange(status)) << status;
  EXPECT_NE(status.message().find("4 bytes"), std::string::npos);
}

TEST(FileTest, WhatHasNoEndIsRefusedAtTheLimit) {
  EXPECT_TRUE(absl::IsOutOfRange(ReadFile("/dev/zero", 1 << 20).status()));
}

TEST(FileTest, AMissingFileIsNamedWithTheReason) {
  const absl::Status status = ReadFile("/no/such/file", 100).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(status.message(), "cannot open /no/such/file: No such file or directory");
}

TEST(FileTest, ADirectoryIsSaidToBeOne) {
  const support::TemporaryDirectory directory;
  const absl::Status status = ReadFile(directory.Path(""), 100).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_NE(status.message().find("Is a directory"), std::string::npos) << status;
}

}  // namespace
}  // namespace sluice::base
