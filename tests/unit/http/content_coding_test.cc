#include "pipeline/http/content_coding.h"

#include <gtest/gtest.h>
#include <httplib.h>

#include <memory>
#include <string>
#include <utility>

#include "pipeline/codec/inflate.h"
#include "pipeline/http/server.h"

namespace sluice::http {
namespace {

// RFC 9110, 12.5.3.
TEST(ContentCodingTest, GzipIsAcceptedWhereItIsNamedOrNoOtherRuleIsForIt) {
  for (const char* header : {"gzip", "GZip", "x-gzip", "deflate, gzip", "br;q=1.0,gzip;q=0.001",
                             "gzip ; q=0.5", "gzip; Q=1", "*", "br;q=0, *", "*;q=0, gzip"}) {
    EXPECT_TRUE(AcceptsGzip(header)) << header;
  }
  for (const char* header : {"", ",", "br", "identity", "gzip;q=0", "gzip;q=0.000", "gzip;Q=0",
                             "*;q=0", "*, gzip;q=0", "gzipped", "bgzip", "gzip br", ";q=1",
                             "gzip;q=", "gzip;q=nan", "gzip;q=-1", "gzip;level=9", "br;gzip"}) {
    EXPECT_FALSE(AcceptsGzip(header)) << header;
  }
}

TEST(ContentCodingTest, InflatesToWhatItWas) {
  for (const std::string& text : {std::string(), std::string("a"), std::string(3 << 20, 'x')}) {
    EXPECT_EQ(*codec::Inflate(Gzip(text), codec::ContentCoding::kGzip, {.ratio_max = 2000}), text);
  }
}

std::unique_ptr<Server> ServeAtRoot(Handler handler) {
  auto server = Server::Create({.listen = "127.0.0.1:0"}, {{"/", std::move(handler)}});
  EXPECT_TRUE(server.ok()) << server.status();
  return server.ok() ? *std::move(server) : nullptr;
}

// Large enough to be worth it.
Response Page(std::string content_type) {
  return {.content_type = std::move(content_type),
          .body = std::string(10'000, 'x'),
          .headers = {{"ETag", "W/\"tag\""}}};
}

TEST(ContentCodingTest, CompressesWhateverItHasForThoseWhoTakeIt) {
  for (const char* type :
       {"text/html; charset=utf-8", "text/plain; version=0.0.4; charset=utf-8",
        "application/atom+xml; charset=utf-8", "application/feed+json; charset=utf-8"}) {
    auto server = ServeAtRoot([&](const Request&) { return Page(type); });
    httplib::Client client("127.0.0.1", server->port());
    for (const char* taken : {"gzip", "gzip, deflate, br", "br;q=1.0, GZIP;q=0.8, *;q=0.1"}) {
      auto answer = client.Get("/", {{"Accept-Encoding", taken}});
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->get_header_value("Content-Encoding"), "gzip") << type << " " << taken;
      EXPECT_EQ(answer->get_header_value_count("Vary"), 1u) << type;
      EXPECT_EQ(answer->get_header_value("Vary"), "Accept-Encoding") << type;
      EXPECT_EQ(answer->get_header_value("Content-Type"), type);
      EXPECT_LT(answer->get_header_value("Content-Length").size(), 4u) << type;
      EXPECT_EQ(answer->body, Page(type).body) << type << " " << taken;
    }
  }
}

TEST(ContentCodingTest, CompressesNothingForThoseWhoDoNotTakeGzip) {
  auto server = ServeAtRoot([](const Request&) { return Page("text/html"); });
  httplib::Client client("127.0.0.1", server->port());
  for (const char* taken : {"gzip;q=0", "br", "identity", ""}) {
    auto answer = client.Get("/", {{"Accept-Encoding", taken}});
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->has_header("Content-Encoding")) << taken;
    EXPECT_EQ(answer->get_header_value("Vary"), "Accept-Encoding") << taken;
    EXPECT_EQ(answer->body, Page("text/html").body) << taken;
  }
}

TEST(ContentCodingTest, CompressesNoShortAnswer) {
  auto server = ServeAtRoot([](const Request&) { return Response{.body = "short"}; });
  httplib::Client client("127.0.0.1", server->port());
  auto answer = client.Get("/", {{"Accept-Encoding", "gzip"}});
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->has_header("Content-Encoding"));
  EXPECT_EQ(answer->body, "short");
}

// RFC 9110, 9.3.2 and 15.4.5.
TEST(ContentCodingTest, TellsOfACompressedPageTheSameByHeadAndWhenItHasNotChanged) {
  auto server = ServeAtRoot([](const Request& request) {
    Response page = Page("text/html");
    if (!request.headers.contains("if-none-match")) return page;
    return Response{.status = 304, .headers = page.headers};
  });
  httplib::Client client("127.0.0.1", server->port());
  const httplib::Headers takes_gzip = {{"Accept-Encoding", "gzip"}};
  auto page = client.Get("/", takes_gzip);
  auto head = client.Head("/", takes_gzip);
  auto unchanged = client.Get("/", {{"Accept-Encoding", "gzip"}, {"If-None-Match", "W/\"tag\""}});
  ASSERT_TRUE(page && head && unchanged);
  EXPECT_EQ(head->headers, page->headers);
  EXPECT_EQ(head->get_header_value("Content-Encoding"), "gzip");
  EXPECT_EQ(unchanged->status, 304);
  EXPECT_EQ(unchanged->get_header_value("Vary"), "Accept-Encoding");
  EXPECT_EQ(unchanged->get_header_value("ETag"), "W/\"tag\"");
  EXPECT_FALSE(unchanged->has_header("Content-Encoding"));
}

}  // namespace
}  // namespace sluice::http
