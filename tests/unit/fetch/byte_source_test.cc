#include "services/fetch/byte_source.h"

#include <gtest/gtest.h>

#include "services/fetch/gunzip_source.h"
#include "tests/unit/codec/compress.h"

namespace sluice::fetch {
namespace {

using codec::testing::Gzip;

std::string Text() {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "line " + std::to_string(i * 7919 % 1000) + "\n";
  return text;
}

TEST(GunzipSourceTest, OpensWhatIsGzipAndPassesOnTheRest) {
  for (const std::string& bytes : {Text(), Gzip(Text()), Gzip("") + Gzip(Text())}) {
    MemorySource memory(bytes);
    const auto source = GunzipSource::Create(memory);
    ASSERT_TRUE(source.ok());
    std::string out;
    char buffer[777];
    while (true) {
      const auto count = (*source)->Read(buffer, sizeof(buffer));
      ASSERT_TRUE(count.ok());
      if (*count == 0) break;
      out.append(buffer, *count);
    }
    EXPECT_EQ(out, Text());
  }
}

TEST(GunzipSourceTest, SaysWhenTheFileIsCutOff) {
  const std::string whole = Gzip(Text());
  MemorySource memory(std::string_view(whole).substr(0, whole.size() / 2));
  const auto source = GunzipSource::Create(memory);
  ASSERT_TRUE(source.ok());
  absl::Status status;
  char buffer[4096];
  while (status.ok()) {
    const auto count = (*source)->Read(buffer, sizeof(buffer));
    status = count.status();
    ASSERT_TRUE(!count.ok() || *count > 0) << "the end was told as if all were well";
  }
  EXPECT_TRUE(absl::IsDataLoss(status));
}

TEST(FileSourceTest, NamesTheFileThatIsMissing) {
  const auto source = FileSource::Open("/nonexistent/file.warc");
  EXPECT_TRUE(absl::IsNotFound(source.status()));
  EXPECT_NE(source.status().message().find("/nonexistent/file.warc"), std::string::npos);
}

}  // namespace
}  // namespace sluice::fetch
