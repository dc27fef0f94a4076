#include "pipeline/codec/packed_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.h"
#include "tests/unit/codec/compress.h"

namespace sluice::codec {
namespace {

TEST(PackedFileTest, IsReadPackedOrNot) {
  const support::TemporaryDirectory directory;
  const std::filesystem::path path = directory.Path("file");
  for (const std::string& bytes : {std::string("hello"), testing::Gzip("hello")}) {
    std::ofstream(path, std::ios::binary) << bytes;
    EXPECT_EQ(*ReadPackedFile(path, 100), "hello");
    EXPECT_EQ(*ReadPackedFile(path, 4), "hell");
  }
}

TEST(PackedFileTest, AMissingFileIsNamed) {
  const absl::Status status = ReadPackedFile("/no/such/page.gz", 100).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(status.message(), "cannot open /no/such/page.gz: No such file or directory");
}

}  // namespace
}  // namespace sluice::codec
