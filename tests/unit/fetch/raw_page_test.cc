#include "services/fetch/raw_page.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <random>
#include <string>

#include "tests/fakes/scripted_http_server.h"

namespace sluice::fetch {
namespace {

using fakes::ScriptedHttpServer;

data::v1::Envelope Envelope() {
  data::v1::Envelope envelope;
  envelope.set_url("https://news.example/a");
  envelope.set_requested_url("https://news.example/b");
  envelope.set_source_id("agency");
  envelope.add_trail()->set_stage("fetch");
  return envelope;
}

std::string Unzstd(const std::string& packed, size_t bytes) {
  std::string text(bytes, '\0');
  const size_t size = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
  EXPECT_EQ(size, bytes);
  return text;
}

std::string Noise(size_t bytes) {
  std::mt19937 random(7);
  std::string noise(bytes, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  return noise;
}

TEST(RawPageTest, CompressesAPlainBodyAndNamesTheCapture) {
  const std::string text(10'000, 'a');
  const auto page = MakeRawPage(Envelope(), {.bytes = text}, {});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->codec(), data::v1::BODY_CODEC_ZSTD);
  EXPECT_EQ(Unzstd(page->body(), text.size()), text);
  EXPECT_EQ(page->body_bytes(), text.size());
  EXPECT_EQ(page->body_hash(), base::HashBytes(text).Bytes());
  EXPECT_EQ(page->envelope().id(),
            base::CaptureId("https://news.example/a", base::HashBytes(text)));
  EXPECT_EQ(page->envelope().requested_url(), "https://news.example/b");
  EXPECT_EQ(page->envelope().source_id(), "agency");
  EXPECT_EQ(page->envelope().trail_size(), 1);
}

TEST(RawPageTest, LeavesABodyPlainThatDoesNotShrink) {
  for (const std::string& body : {std::string(), std::string("x"), Noise(1000)}) {
    const auto page = MakeRawPage(Envelope(), {.bytes = body}, {});
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->codec(), data::v1::BODY_CODEC_IDENTITY);
    EXPECT_EQ(page->body(), body);
  }
}

TEST(RawPageTest, KeepsGzipAsItCameUnderTheSameId) {
  const std::string text(10'000, 'a');
  const std::string packed = ScriptedHttpServer::Gzip(text);
  const auto page =
      MakeRawPage(Envelope(), {.bytes = packed, .codec = data::v1::BODY_CODEC_GZIP}, {});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->codec(), data::v1::BODY_CODEC_GZIP);
  EXPECT_EQ(page->body(), packed);
  EXPECT_EQ(page->body_bytes(), text.size());
  EXPECT_EQ(page->envelope().id(), MakeRawPage(Envelope(), {.bytes = text}, {})->envelope().id());
}

TEST(RawPageTest, MakesOneBodyOfSeveralGzipMembers) {
  const std::string packed = ScriptedHttpServer::Gzip("Hello ") + ScriptedHttpServer::Gzip("you");
  const auto page =
      MakeRawPage(Envelope(), {.bytes = packed, .codec = data::v1::BODY_CODEC_GZIP}, {});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->codec(), data::v1::BODY_CODEC_IDENTITY);
  EXPECT_EQ(page->body(), "Hello you");
  EXPECT_EQ(page->body_hash(), base::HashBytes("Hello you").Bytes());
}

TEST(RawPageTest, RefusesDamagedGzipAndOtherCodecs) {
  const PageBody damaged{.bytes = "not gzip at all", .codec = data::v1::BODY_CODEC_GZIP};
  EXPECT_TRUE(absl::IsInvalidArgument(MakeRawPage(Envelope(), damaged, {}).status()));
  const PageBody empty{.bytes = "", .codec = data::v1::BODY_CODEC_GZIP};
  EXPECT_TRUE(absl::IsInvalidArgument(MakeRawPage(Envelope(), empty, {}).status()));
  const PageBody zstd{.bytes = "x", .codec = data::v1::BODY_CODEC_ZSTD};
  EXPECT_TRUE(absl::IsInvalidArgument(MakeRawPage(Envelope(), zstd, {}).status()));
}

TEST(RawPageTest, RefusesWhatIsTooLarge) {
  const PageLimits limits{.body_bytes_max = 5000, .stored_bytes_max = 1000};
  EXPECT_TRUE(absl::IsOutOfRange(
      MakeRawPage(Envelope(), {.bytes = std::string(5001, 'a')}, limits).status()));
  EXPECT_TRUE(absl::IsOutOfRange(MakeRawPage(Envelope(), {.bytes = Noise(1500)}, limits).status()));
  EXPECT_TRUE(MakeRawPage(Envelope(), {.bytes = std::string(5000, 'a')}, limits).ok());
  const std::string bomb = ScriptedHttpServer::Gzip(std::string(5001, 'a'));
  EXPECT_TRUE(absl::IsOutOfRange(
      MakeRawPage(Envelope(), {.bytes = bomb, .codec = data::v1::BODY_CODEC_GZIP}, limits)
          .status()));
}

}  // namespace
}  // namespace sluice::fetch
