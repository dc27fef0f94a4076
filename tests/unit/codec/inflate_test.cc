#include "pipeline/codec/inflate.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include "tests/unit/codec/compress.h"

namespace sluice::codec {
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

TEST(InflatePrefixTest, GivesAllOfWhatIsShortEnough) {
  const std::string text = Text();
  EXPECT_EQ(*InflatePrefix(Gzip(text), ContentCoding::kGzip, 1 << 20), text);
  EXPECT_EQ(*InflatePrefix(Zstd(text), ContentCoding::kZstd, 1 << 20), text);
  EXPECT_EQ(*InflatePrefix(text, ContentCoding::kIdentity, 1 << 20), text);
  EXPECT_EQ(*InflatePrefix(Gzip("one ") + Gzip("two"), ContentCoding::kGzip, 1000), "one two");
}

TEST(InflatePrefixTest, CutsABombAtTheLimit) {
  const std::string bomb(50 << 20, '\0');
  EXPECT_EQ(InflatePrefix(Gzip(bomb), ContentCoding::kGzip, 1 << 20)->size(), 1U << 20);
  EXPECT_EQ(InflatePrefix(Zstd(bomb), ContentCoding::kZstd, 1 << 20)->size(), 1U << 20);
  EXPECT_EQ(InflatePrefix(bomb, ContentCoding::kIdentity, 1 << 20)->size(), 1U << 20);
}

TEST(InflatePrefixTest, GarbageIsDataLoss) {
  for (const auto& [bytes, coding] :
       {std::pair("no gzip at all, not at all", ContentCoding::kGzip),
        std::pair("no zstd", ContentCoding::kZstd), std::pair("", ContentCoding::kGzip)}) {
    EXPECT_TRUE(absl::IsDataLoss(InflatePrefix(bytes, coding, 1000).status())) << bytes;
  }
}

TEST(InflatePrefixTest, KeepsWhatCameBeforeTheDamage) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i * 7919 % 10'007);
  const std::string packed = Gzip(text);
  const auto opened = InflatePrefix(std::string_view(packed).substr(0, packed.size() / 2),
                                    ContentCoding::kGzip, 8 << 20);
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(text.starts_with(*opened));
  EXPECT_GT(opened->size(), text.size() / 4);
}

}  // namespace
}  // namespace sluice::codec
