#include "services/fetch/inflate.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include "services/fetch/gunzip_source.h"
#include "tests/unit/fetch/compress.h"

namespace sluice::fetch {
namespace {

using testing::Gzip;
using testing::RawDeflate;
using testing::Zlib;

std::string Text() {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "line " + std::to_string(i * 7919 % 1000) + "\n";
  return text;
}

std::string Zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

TEST(InflateTest, UndoesEveryCoding) {
  const std::string text = Text();
  EXPECT_EQ(*Inflate(Gzip(text), ContentCoding::kGzip, {}), text);
  EXPECT_EQ(*Inflate(Zlib(text), ContentCoding::kDeflate, {}), text);
  EXPECT_EQ(*Inflate(RawDeflate(text), ContentCoding::kDeflate, {}), text);
  EXPECT_EQ(*Inflate(Zstd(text), ContentCoding::kZstd, {}), text);
  EXPECT_EQ(*Inflate(text, ContentCoding::kIdentity, {}), text);
  // "hello hello hello", by the brotli command.
  EXPECT_EQ(*Inflate(std::string_view("\x0b\x02\x80\x68\x65\x6c\x6c\x6f\x03", 9),
                     ContentCoding::kBrotli, {}),
            "hello");
}

TEST(InflateTest, TakesTheInputByteByByte) {
  const std::string text = Text();
  for (const auto& [coding, bytes] :
       {std::pair(ContentCoding::kGzip, Gzip(text)), std::pair(ContentCoding::kDeflate, Zlib(text)),
        std::pair(ContentCoding::kDeflate, RawDeflate(text)),
        std::pair(ContentCoding::kZstd, Zstd(text))}) {
    const auto inflater = Inflater::Create(coding, {});
    std::string out;
    for (const char byte : bytes) ASSERT_TRUE(inflater->Write({&byte, 1}, out).ok());
    EXPECT_TRUE(inflater->Close().ok());
    EXPECT_EQ(out, text);
  }
}

TEST(InflateTest, JoinsGzipMembersAndPassesOverWhatFollows) {
  EXPECT_EQ(*Inflate(Gzip("one ") + Gzip("two") + "garbage", ContentCoding::kGzip, {}), "one two");
}

TEST(InflateTest, SaysWhenDataAreCorruptOrCutOff) {
  const std::string whole = Gzip(Text());
  std::string corrupt = whole;
  corrupt[whole.size() / 2] ^= 0x55;
  EXPECT_TRUE(absl::IsDataLoss(Inflate(corrupt, ContentCoding::kGzip, {}).status()));
  EXPECT_TRUE(absl::IsDataLoss(
      Inflate(std::string_view(whole).substr(0, whole.size() - 3), ContentCoding::kGzip, {})
          .status()));
  EXPECT_TRUE(absl::IsDataLoss(Inflate("", ContentCoding::kGzip, {}).status()));
  EXPECT_TRUE(absl::IsDataLoss(Inflate("x", ContentCoding::kZstd, {}).status()));
  EXPECT_TRUE(absl::IsDataLoss(Inflate("not brotli", ContentCoding::kBrotli, {}).status()));
}

TEST(InflateTest, StopsAtTheByteLimit) {
  const std::string bomb = Gzip(std::string(4 << 20, 'x'));
  std::string out;
  const auto inflater =
      Inflater::Create(ContentCoding::kGzip, {.bytes_max = 100'000, .ratio_max = 1e9});
  EXPECT_TRUE(absl::IsResourceExhausted(inflater->Write(bomb, out)));
  EXPECT_LT(out.size(), 200'000U) << "not much more than the limit was made";
}

TEST(InflateTest, StopsAtTheRatioLimitOnceItCounts) {
  const std::string bomb = Gzip(std::string(4 << 20, 'x'));
  EXPECT_TRUE(absl::IsResourceExhausted(
      Inflate(bomb, ContentCoding::kGzip, {.ratio_max = 100, .ratio_free_bytes = 1 << 20})
          .status()));
  EXPECT_TRUE(
      Inflate(bomb, ContentCoding::kGzip, {.ratio_max = 100, .ratio_free_bytes = 5 << 20}).ok());
}

TEST(InflateTest, KnowsCodingsByName) {
  EXPECT_EQ(ContentCodingOfName("X-GZip"), ContentCoding::kGzip);
  EXPECT_EQ(ContentCodingOfName("br"), ContentCoding::kBrotli);
  EXPECT_EQ(ContentCodingOfName("compress"), std::nullopt);
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
