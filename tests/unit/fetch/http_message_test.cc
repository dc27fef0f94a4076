#include "services/fetch/http_message.h"

#include <gtest/gtest.h>

#include "tests/unit/codec/compress.h"

namespace sluice::fetch {
namespace {

using codec::testing::Gzip;

// The decoded body of a response with these headers, or the error.
std::string Decoded(std::string_view headers, std::string_view body,
                    const HttpBodyOptions& options = {}) {
  const std::string bytes =
      "HTTP/1.1 200 OK\r\n" + std::string(headers) + "\r\n" + std::string(body);
  const auto message = ParseHttpMessage(bytes);
  if (!message) return "no message";
  HttpBody decoded;
  const absl::Status status = DecodeHttpBody(*message, options, decoded);
  return status.ok() ? std::string(decoded.bytes)
                     : std::string(absl::StatusCodeToString(status.code()));
}

TEST(HttpMessageTest, ReadsStatusHeadersAndBody) {
  const auto message =
      ParseHttpMessage("HTTP/1.1 404 Not Found\r\nA: 1\r\nb:\t2 \r\nA: 3\r\n\r\nbody\r\n");
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->status, 404);
  EXPECT_EQ(message->headers.size(), 3U);
  EXPECT_EQ(message->header("a"), "1");
  EXPECT_EQ(message->header("b"), "2");
  EXPECT_EQ(message->header("c"), "");
  EXPECT_EQ(message->body, "body\r\n");
}

TEST(HttpMessageTest, ToleratesBareLineFeedsAndMissingEnds) {
  EXPECT_EQ(ParseHttpMessage("HTTP/1.0 200\nA: 1\n\nx")->body, "x");
  EXPECT_EQ(ParseHttpMessage("HTTP/2 304 \r\nA: 1\r\n")->header("a"), "1");
  EXPECT_EQ(ParseHttpMessage("HTTP/1.1 204")->status, 204);
  EXPECT_EQ(ParseHttpMessage("HTTP/1.1 598 ?")->status, 598);
  EXPECT_EQ(ParseHttpMessage("HTTP/1.1 200 OK\r\nstray\r\nA: 1\r\n\r\n")->headers.size(), 1U);
}

TEST(HttpMessageTest, RefusesWhatIsNoResponse) {
  for (const char* bytes : {"", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1", "HTTP/1.1 OK", "HTTP/1.1 20",
                            "HTTP/1.1 2O0", "HTTP/1.1 20:", "HTTP/1.1 /00"}) {
    EXPECT_FALSE(ParseHttpMessage(bytes).has_value()) << bytes;
  }
}

TEST(HttpMessageTest, JoinsChunks) {
  constexpr std::string_view kChunked = "Transfer-Encoding: chunked\r\n";
  EXPECT_EQ(Decoded(kChunked, "3\r\nabc\r\nA;ext=1\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"),
            "abc0123456789");
  EXPECT_EQ(Decoded(kChunked, "3\nabc\n0\n\n"), "abc");
  EXPECT_EQ(Decoded(kChunked, "3\r\nabc\r\n"), "abc") << "the last chunk is missing";
  EXPECT_EQ(Decoded(kChunked, "3\r\nabc\r\nff\r\nx"), "DATA_LOSS");
  EXPECT_EQ(Decoded(kChunked, "3\r\nabc\r\nno size\r\nx"), "DATA_LOSS");
  EXPECT_EQ(Decoded(kChunked, "000000000000012\r\n" + std::string(18, 'x') + "\r\n1\r\ny"),
            std::string(18, 'x') + "y");
  EXPECT_EQ(Decoded(kChunked, "0\r\n\r\n"), "");
  EXPECT_EQ(Decoded("", "3\r\nabc\r\n"), "3\r\nabc\r\n") << "nobody said so";
}

TEST(HttpMessageTest, PassesOverCodingsThatAreAlreadyUndone) {
  EXPECT_EQ(Decoded("Transfer-Encoding: chunked\r\n", "<html>plain"), "<html>plain");
  EXPECT_EQ(Decoded("Content-Encoding: gzip\r\n", "<html>plain"), "<html>plain");
  EXPECT_EQ(Decoded("Content-Encoding: br\r\n", "<html>plain"), "<html>plain");
  EXPECT_EQ(Decoded("Content-Encoding: br\r\n", "{\"a\": 1}"), "{\"a\": 1}");
  EXPECT_EQ(Decoded("Content-Encoding: zstd\r\n", "plain"), "plain");
  EXPECT_EQ(Decoded("Transfer-Encoding: chunked\r\n", "3\r\nab"), "3\r\nab");
  EXPECT_EQ(Decoded("Transfer-Encoding: chunked\r\n", "0000000000000003\r\nabc"),
            "0000000000000003\r\nabc");
  EXPECT_EQ(Decoded("Content-Encoding: gzip\r\n", ""), "");
}

TEST(HttpMessageTest, UndoesContentCodingsLastFirst) {
  EXPECT_EQ(Decoded("Content-Encoding: gzip\r\n", Gzip("text")), "text");
  EXPECT_EQ(Decoded("content-encoding: deflate, x-gzip\r\n", Gzip(codec::testing::Zlib("text"))),
            "text");
  EXPECT_EQ(Decoded("Content-Encoding: compress\r\n", "x"), "UNIMPLEMENTED");
}

TEST(HttpMessageTest, UndoesChunksBeforeCodings) {
  const std::string gzip = Gzip("text");
  std::string chunked;
  for (const char byte : gzip) chunked += std::string("1\r\n") + byte + "\r\n";
  EXPECT_EQ(
      Decoded("Transfer-Encoding: Chunked\r\nContent-Encoding: gzip\r\n", chunked + "0\r\n\r\n"),
      "text");
}

TEST(HttpMessageTest, HandsOutGzipAsItCameWhereAsked) {
  const std::string gzip = Gzip("text");
  const std::string bytes = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip;
  HttpBody body;
  ASSERT_TRUE(DecodeHttpBody(*ParseHttpMessage(bytes), {.keep_gzip = true}, body).ok());
  EXPECT_EQ(body.coding, codec::ContentCoding::kGzip);
  EXPECT_EQ(body.bytes, gzip);
  EXPECT_TRUE(body.storage.empty()) << "nothing was copied";
}

TEST(HttpMessageTest, HoldsItsLimits) {
  const HttpBodyOptions options = {.limits = {.bytes_max = 1000}};
  EXPECT_EQ(Decoded("Content-Encoding: gzip\r\n", Gzip(std::string(5000, 'x')), options),
            "RESOURCE_EXHAUSTED");
  EXPECT_EQ(Decoded("", std::string(5000, 'x'), options), "RESOURCE_EXHAUSTED");
}

}  // namespace
}  // namespace sluice::fetch
