#include "services/fetch/curl_http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "pipeline/base/strings.h"
#include "pipeline/codec/inflate.h"
#include "tests/fakes/scripted_http_server.h"

namespace sluice::fetch {
namespace {

using fakes::ScriptedHttpServer;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr absl::Duration kPatience = absl::Seconds(30);

// Answers as they come in.
class Answers {
 public:
  HttpClient::Done Slot() {
    return [this](HttpResponse response) {
      const absl::MutexLock lock(&mutex_);
      answers_.push_back(std::move(response));
    };
  }

  std::vector<HttpResponse> Wait(size_t count) {
    const absl::MutexLock lock(&mutex_);
    const auto enough = [this, count] {
      mutex_.AssertHeld();
      return answers_.size() >= count;
    };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&enough), kPatience));
    return std::exchange(answers_, {});
  }

 private:
  absl::Mutex mutex_;
  std::vector<HttpResponse> answers_ ABSL_GUARDED_BY(mutex_);
};

class CurlHttpClientTest : public ::testing::Test {
 protected:
  static HttpOptions Options() {
    HttpOptions options;
    options.user_agent = UserAgent("https://example.org/crawler");
    return options;
  }

  static std::unique_ptr<CurlHttpClient> Client(const HttpOptions& options = Options()) {
    auto policy = AddressPolicy::Create({.allowed_networks = {"127.0.0.1/32"}});
    EXPECT_TRUE(policy.ok()) << policy.status();
    auto client = CurlHttpClient::Create(options, *policy);
    EXPECT_TRUE(client.ok()) << client.status();
    return *std::move(client);
  }

  HttpResponse Get(HttpClient& client, HttpRequest request) {
    client.Start(std::move(request), answers_.Slot());
    std::vector<HttpResponse> answers = answers_.Wait(1);
    return answers.empty() ? HttpResponse() : std::move(answers.front());
  }

  HttpResponse Get(HttpRequest request) { return Get(*client_, std::move(request)); }
  HttpResponse Get(std::string_view target) { return Get(HttpRequest{.url = server_.Url(target)}); }

  Answers answers_;  // Outlives the client.
  ScriptedHttpServer server_;
  std::unique_ptr<CurlHttpClient> client_ = Client();
};

uint64_t ResidentBytes() {
  std::ifstream status("/proc/self/statm");
  uint64_t total = 0;
  uint64_t resident = 0;
  status >> total >> resident;
  return resident * 4096;
}

TEST_F(CurlHttpClientTest, BringsAPageWithItsHeadersVerbatim) {
  server_.On("/page", ScriptedHttpServer::Answer(200,
                                                 {{"Content-Type", "text/html; charset=KOI8-R"},
                                                  {"ETag", "W/\"a b\""},
                                                  {"Last-Modified", "Mon, 5 Jan 2026 12:00:00 GMT"},
                                                  {"Cache-Control", "public"},
                                                  {"Cache-Control", "max-age=60"}},
                                                 "<p>Hello"));
  const HttpResponse response = Get("/page");
  EXPECT_EQ(response.error, HttpError::kNone) << response.error_detail;
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.url, server_.Url("/page"));
  EXPECT_EQ(response.content_type, "text/html; charset=KOI8-R");
  EXPECT_EQ(response.etag, "W/\"a b\"");
  EXPECT_EQ(response.last_modified, "Mon, 5 Jan 2026 12:00:00 GMT");
  EXPECT_EQ(response.cache_control, "public, max-age=60");
  EXPECT_EQ(response.body, "<p>Hello");
  EXPECT_EQ(response.codec, data::v1::BODY_CODEC_IDENTITY);
  EXPECT_EQ(response.body_bytes, 8U);
  EXPECT_EQ(response.body_hash, base::HashBytes("<p>Hello"));
}

TEST_F(CurlHttpClientTest, BringsNoHeaderThatIsNoUtf8) {
  server_.On("/page", ScriptedHttpServer::Answer(302,
                                                 {{"Location",
                                                   "/fran\xE7"
                                                   "ais"},
                                                  {"Content-Type", "text/html; title=\xE9"},
                                                  {"Content-Language", "\xE9"},
                                                  {"ETag", "\"\xE9\""},
                                                  {"Last-Modified", "f\xE9vrier"}},
                                                 ""));
  const HttpResponse response = Get("/page");
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.location,
            "/fran\xEF\xBF\xBD"
            "ais");
  EXPECT_EQ(response.content_type, "text/html; title=\xEF\xBF\xBD");
  EXPECT_EQ(response.content_language, "\xEF\xBF\xBD");
  EXPECT_EQ(response.etag, "");
  EXPECT_EQ(response.last_modified, "");
}

TEST_F(CurlHttpClientTest, SaysWhoAsksAndUnderWhichConditions) {
  server_.On("/page", ScriptedHttpServer::Answer(304, {}, ""));
  const HttpResponse response = Get({.url = server_.Url("/page"),
                                     .etag = "\"x\"",
                                     .last_modified = "Mon, 5 Jan 2026 12:00:00 GMT"});
  EXPECT_EQ(response.status, 304);
  ASSERT_THAT(server_.requests(), SizeIs(1));
  const auto request = server_.requests().front();
  EXPECT_EQ(request.method, "GET");
  EXPECT_THAT(request.headers.at("user-agent"), HasSubstr("sluice/"));
  EXPECT_THAT(request.headers.at("user-agent"), HasSubstr("(+https://example.org/crawler)"));
  EXPECT_EQ(request.headers.at("accept-encoding"), "gzip");
  EXPECT_EQ(request.headers.at("if-none-match"), "\"x\"");
  EXPECT_EQ(request.headers.at("if-modified-since"), "Mon, 5 Jan 2026 12:00:00 GMT");
}

TEST_F(CurlHttpClientTest, KeepsAGzipBodyAsItCame) {
  const std::string text(100'000, 'a');
  const std::string packed = ScriptedHttpServer::Gzip(text);
  server_.On("/page", ScriptedHttpServer::Answer(200, {{"Content-Encoding", "gzip"}}, packed));
  const HttpResponse response = Get("/page");
  EXPECT_EQ(response.error, HttpError::kNone) << response.error_detail;
  EXPECT_EQ(response.codec, data::v1::BODY_CODEC_GZIP);
  EXPECT_EQ(response.body, packed);
  EXPECT_EQ(response.body_bytes, text.size());
  EXPECT_EQ(response.body_hash, base::HashBytes(text));
}

TEST_F(CurlHttpClientTest, CutsOffWhatFollowsTheGzipMember) {
  const std::string packed = ScriptedHttpServer::Gzip("Hello");
  server_.On("/page",
             ScriptedHttpServer::Answer(200, {{"Content-Encoding", "x-gzip"}}, packed + "garbage"));
  const HttpResponse response = Get("/page");
  EXPECT_EQ(response.error, HttpError::kNone) << response.error_detail;
  EXPECT_EQ(response.body, packed);
  EXPECT_EQ(response.body_hash, base::HashBytes("Hello"));
}

TEST_F(CurlHttpClientTest, InflatesABodyOfSeveralMembers) {
  server_.On("/page", ScriptedHttpServer::Answer(
                          200, {{"Content-Encoding", "gzip"}},
                          ScriptedHttpServer::Gzip("Hello ") + ScriptedHttpServer::Gzip("you")));
  const HttpResponse response = Get("/page");
  EXPECT_EQ(response.error, HttpError::kNone) << response.error_detail;
  EXPECT_EQ(response.codec, data::v1::BODY_CODEC_IDENTITY);
  EXPECT_EQ(response.body, "Hello you");
  EXPECT_EQ(response.body_hash, base::HashBytes("Hello you"));
}

TEST_F(CurlHttpClientTest, RefusesCodingsThatItDidNotAskForAndDamagedOnes) {
  server_.On("/br", ScriptedHttpServer::Answer(200, {{"Content-Encoding", "br"}}, "xyz"));
  server_.On("/twice",
             ScriptedHttpServer::Answer(200, {{"Content-Encoding", "gzip, gzip"}}, "xyz"));
  server_.On("/damaged",
             ScriptedHttpServer::Answer(200, {{"Content-Encoding", "gzip"}}, "no gzip at all"));
  EXPECT_EQ(Get("/br").error, HttpError::kEncoding);
  EXPECT_EQ(Get("/twice").error, HttpError::kEncoding);
  EXPECT_EQ(Get("/damaged").error, HttpError::kEncoding);
}

TEST_F(CurlHttpClientTest, SeesThatAGzipHasNoEnd) {
  std::string packed = ScriptedHttpServer::Gzip(std::string(1000, 'a'));
  packed.resize(packed.size() - 9);
  server_.On("/page", ScriptedHttpServer::Answer(200, {{"Content-Encoding", "gzip"}}, packed));
  EXPECT_EQ(Get("/page").error, HttpError::kTruncated);
}

TEST_F(CurlHttpClientTest, StopsABombEarlyAndInLittleMemory) {
  // Two gigabytes of zeros in two megabytes, repeated members without end.
  const std::string member = ScriptedHttpServer::Gzip(std::string(64 << 20, '\0'));
  server_.On("/bomb", [member](const ScriptedHttpServer::Request&,
                               ScriptedHttpServer::Connection& connection) {
    connection.Send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 32 && connection.Send(member); ++i) {
    }
    connection.Close();
  });
  const uint64_t before = ResidentBytes();
  const HttpResponse response = Get("/bomb");
  EXPECT_EQ(response.error, HttpError::kBomb) << response.error_detail;
  EXPECT_TRUE(response.body.empty());
  EXPECT_LT(response.received_bytes, 1U << 20);
  EXPECT_LT(ResidentBytes(), before + (32 << 20));
}

TEST_F(CurlHttpClientTest, StopsAnEndlessBody) {
  server_.On("/endless",
             [](const ScriptedHttpServer::Request&, ScriptedHttpServer::Connection& connection) {
               connection.Send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n");
               while (connection.Send(std::string(64 << 10, 'x'))) {
               }
               connection.Close();
             });
  const HttpResponse response = Get({.url = server_.Url("/endless"), .body_bytes_max = 1 << 20});
  EXPECT_EQ(response.error, HttpError::kTooLarge) << response.error_detail;
  EXPECT_LT(response.received_bytes, 2U << 20);
}

TEST_F(CurlHttpClientTest, RefusesALengthThatIsTooLargeBeforeTheBodyComes) {
  server_.On("/large",
             ScriptedHttpServer::Raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx"));
  const HttpResponse response = Get("/large");
  EXPECT_EQ(response.error, HttpError::kTooLarge) << response.error_detail;
}

TEST_F(CurlHttpClientTest, StopsGzipThatIsLargerThanARecord) {
  std::string noise(300'000, '\0');
  uint32_t state = 1;
  for (char& byte : noise) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  server_.On("/page", ScriptedHttpServer::Answer(200, {{"Content-Encoding", "gzip"}},
                                                 ScriptedHttpServer::Gzip(noise)));
  EXPECT_EQ(Get({.url = server_.Url("/page"), .stored_bytes_max = 200'000}).error,
            HttpError::kTooLarge);
}

TEST_F(CurlHttpClientTest, KeepsTheBeginningWhereAsked) {
  server_.On("/robots.txt", ScriptedHttpServer::Answer(200, {}, std::string(5000, 'r')));
  const HttpResponse response =
      Get({.url = server_.Url("/robots.txt"), .body_bytes_max = 1000, .cut_at_max = true});
  EXPECT_EQ(response.error, HttpError::kNone) << response.error_detail;
  EXPECT_EQ(response.body, std::string(1000, 'r'));
  EXPECT_EQ(server_.requests().front().headers.count("accept-encoding"), 0U);
}

TEST_F(CurlHttpClientTest, KeepsTheBeginningOfAGzipThatItDidNotAskFor) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += fmt::format("Disallow: /{}\n", i * 7919);
  const std::string packed = ScriptedHttpServer::Gzip(text);
  server_.On("/robots.txt",
             ScriptedHttpServer::Answer(200, {{"Content-Encoding", "gzip"}}, packed));
  for (const uint64_t stored_bytes_max : {uint64_t{2} << 20, uint64_t{packed.size() / 2}}) {
    const HttpResponse response = Get({.url = server_.Url("/robots.txt"),
                                       .body_bytes_max = text.size() - 100'000,
                                       .stored_bytes_max = stored_bytes_max,
                                       .cut_at_max = true});
    EXPECT_EQ(response.error, HttpError::kNone) << response.error_detail;
    EXPECT_EQ(response.codec, data::v1::BODY_CODEC_GZIP);
    const auto kept = codec::InflatePrefix(response.body, codec::ContentCoding::kGzip, 1000);
    ASSERT_TRUE(kept.ok()) << kept.status();
    EXPECT_EQ(*kept, text.substr(0, 1000));
  }
}

TEST_F(CurlHttpClientTest, ReadsNoBodyOfAnotherMediaType) {
  server_.On("/video",
             [](const ScriptedHttpServer::Request&, ScriptedHttpServer::Connection& connection) {
               connection.Send("HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n");
               while (connection.Send(std::string(64 << 10, 'x'))) {
               }
               connection.Close();
             });
  const HttpResponse response = Get({.url = server_.Url("/video"), .pages_only = true});
  EXPECT_EQ(response.error, HttpError::kNone) << response.error_detail;
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "video/mp4");
  EXPECT_TRUE(response.body.empty());
}

TEST_F(CurlHttpClientTest, GivesUpOnAByteASecond) {
  HttpOptions options = Options();
  options.low_speed_time = absl::Seconds(1);
  options.low_speed_bytes = 1000;
  const auto client = Client(options);
  server_.On("/slow",
             [](const ScriptedHttpServer::Request&, ScriptedHttpServer::Connection& connection) {
               connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
               while (connection.Send("x") && connection.Wait(absl::Milliseconds(200))) {
               }
               connection.Close();
             });
  const HttpResponse response = Get(*client, {.url = server_.Url("/slow")});
  EXPECT_EQ(response.error, HttpError::kTimeout) << response.error_detail;
  EXPECT_LT(response.elapsed, absl::Seconds(10));
}

TEST_F(CurlHttpClientTest, GivesUpWhenTheTimeIsOver) {
  HttpOptions options = Options();
  options.transfer_time_max = absl::Milliseconds(300);
  const auto client = Client(options);
  server_.On("/mute",
             [](const ScriptedHttpServer::Request&, ScriptedHttpServer::Connection& connection) {
               connection.Wait(absl::Hours(1));
               connection.Close();
             });
  const HttpResponse response = Get(*client, {.url = server_.Url("/mute")});
  EXPECT_EQ(response.error, HttpError::kTimeout) << response.error_detail;
}

TEST_F(CurlHttpClientTest, TellsBrokenAnswersApart) {
  server_.On("/short",
             ScriptedHttpServer::Raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"));
  server_.On("/chunk", ScriptedHttpServer::Raw(
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"));
  server_.On("/silent", ScriptedHttpServer::Raw(""));
  server_.On("/babble", ScriptedHttpServer::Raw("\x16\x03\x01 what is this\r\n\r\n"));
  EXPECT_EQ(Get("/short").error, HttpError::kTruncated);
  EXPECT_EQ(Get("/chunk").error, HttpError::kTruncated);
  EXPECT_EQ(Get("/silent").error, HttpError::kNoAnswer);
  EXPECT_EQ(Get("/babble").error, HttpError::kProtocol);
}

TEST_F(CurlHttpClientTest, DoesNotBlameAPageForWhatTheAnswerBeforeItLeft) {
  server_.On("/before", ScriptedHttpServer::Answer(200, {}, "<p>A page"));
  server_.On("/page", ScriptedHttpServer::Raw("and the rest of it\r\n\r\n"));
  EXPECT_EQ(Get("/before").error, HttpError::kNone);
  EXPECT_EQ(Get("/page").error, HttpError::kNoAnswer) << "on the connection of /before";
  EXPECT_EQ(Get("/page").error, HttpError::kProtocol) << "on one of its own";
}

TEST_F(CurlHttpClientTest, BoundsHeaders) {
  server_.On("/headers",
             [](const ScriptedHttpServer::Request&, ScriptedHttpServer::Connection& connection) {
               connection.Send("HTTP/1.1 200 OK\r\n");
               while (connection.Send("X-Filler: " + std::string(1000, 'x') + "\r\n")) {
               }
               connection.Close();
             });
  EXPECT_EQ(Get("/headers").error, HttpError::kProtocol);
}

TEST_F(CurlHttpClientTest, ReadsAnErrorPageNoFurtherThanItMust) {
  server_.On("/missing",
             [](const ScriptedHttpServer::Request&, ScriptedHttpServer::Connection& connection) {
               connection.Send("HTTP/1.1 404 Not Found\r\n\r\n");
               while (connection.Send(std::string(64 << 10, 'x'))) {
               }
               connection.Close();
             });
  const HttpResponse response = Get("/missing");
  EXPECT_EQ(response.error, HttpError::kNone) << response.error_detail;
  EXPECT_EQ(response.status, 404);
  EXPECT_TRUE(response.body.empty());
  EXPECT_LT(response.received_bytes, 1U << 20);
}

TEST_F(CurlHttpClientTest, HandsARedirectOutUnlessToldToFollow) {
  server_.On("/old", ScriptedHttpServer::Redirect(301, "/new"));
  server_.On("/new", ScriptedHttpServer::Answer(200, {}, "here"));
  const HttpResponse plain = Get("/old");
  EXPECT_EQ(plain.status, 301);
  EXPECT_EQ(plain.location, "/new");
  const HttpResponse followed = Get({.url = server_.Url("/old"), .redirects_max = 5});
  EXPECT_EQ(followed.status, 200);
  EXPECT_EQ(followed.url, server_.Url("/new"));
  EXPECT_EQ(followed.body, "here");
}

TEST_F(CurlHttpClientTest, FollowsOnlySoFar) {
  server_.On("/loop", ScriptedHttpServer::Redirect(302, "/loop"));
  EXPECT_EQ(Get({.url = server_.Url("/loop"), .redirects_max = 5}).error, HttpError::kRedirects);
  EXPECT_THAT(server_.requests(), SizeIs(6));
  server_.On("/file", ScriptedHttpServer::Redirect(302, "file:///etc/passwd"));
  EXPECT_EQ(Get({.url = server_.Url("/file"), .redirects_max = 5}).error, HttpError::kProtocol);
}

TEST_F(CurlHttpClientTest, BeginsNoConnectionToARefusedAddress) {
  ScriptedHttpServer forbidden("127.0.0.2");
  EXPECT_EQ(Get({.url = forbidden.Url("/")}).error, HttpError::kAddressRefused);
  EXPECT_EQ(Get({.url = "http://169.254.169.254/latest/"}).error, HttpError::kAddressRefused);
  EXPECT_EQ(Get({.url = "http://[::1]:1/"}).error, HttpError::kAddressRefused);
  EXPECT_THAT(forbidden.requests(), SizeIs(0));
}

TEST_F(CurlHttpClientTest, ChecksTheAddressAtEveryHop) {
  ScriptedHttpServer forbidden("127.0.0.2");
  forbidden.On("/secret", ScriptedHttpServer::Answer(200, {}, "secret"));
  server_.On("/out", ScriptedHttpServer::Redirect(302, forbidden.Url("/secret")));
  const HttpResponse response = Get({.url = server_.Url("/out"), .redirects_max = 5});
  EXPECT_EQ(response.error, HttpError::kAddressRefused) << response.error_detail;
  EXPECT_EQ(response.url, forbidden.Url("/secret"));
  EXPECT_THAT(forbidden.requests(), SizeIs(0));
}

TEST_F(CurlHttpClientTest, ChecksThePortAtEveryHop) {
  server_.On("/mail", ScriptedHttpServer::Redirect(302, "http://127.0.0.1:25/"));
  const HttpResponse response = Get({.url = server_.Url("/mail"), .redirects_max = 5});
  EXPECT_EQ(response.error, HttpError::kAddressRefused);
  EXPECT_THAT(response.error_detail, HasSubstr("port 25"));
}

TEST_F(CurlHttpClientTest, SendsNoCredentialsThatARedirectHolds) {
  server_.On("/target", ScriptedHttpServer::Answer(200, {}, "x"));
  const std::string target = fmt::format("//name:word@127.0.0.1:{}/target", server_.port());
  for (const std::string& location : {"http:" + target, target}) {
    server_.On("/in", ScriptedHttpServer::Redirect(302, location));
    const HttpResponse response = Get({.url = server_.Url("/in"), .redirects_max = 5});
    EXPECT_EQ(response.error, HttpError::kAddressRefused) << location;
  }
  EXPECT_THAT(server_.requests(), SizeIs(2));
}

TEST_F(CurlHttpClientTest, ChecksTheAddressThatANameStandsFor) {
  // Without a network the name has no address, with one it may not be asked.
  const auto client = [] {
    auto policy = AddressPolicy::Create({});
    return *CurlHttpClient::Create(Options(), *policy);
  }();
  EXPECT_EQ(Get(*client, {.url = "http://localhost:1/"}).error, HttpError::kAddressRefused);
}

TEST_F(CurlHttpClientTest, SaysWhenNobodyAnswers) {
  int port = 0;
  {
    const ScriptedHttpServer gone;
    port = gone.port();
  }
  EXPECT_EQ(Get({.url = fmt::format("http://127.0.0.1:{}/", port)}).error, HttpError::kNoAnswer);
}

TEST_F(CurlHttpClientTest, PutsOffWhatItHasNoRoomFor) {
  HttpOptions options = Options();
  options.buffered_bytes_max = 100'000;
  const auto client = Client(options);
  server_.On("/page", ScriptedHttpServer::Answer(200, {}, std::string(60'000, 'x')));
  HttpResponse first = Get(*client, {.url = server_.Url("/page")});
  EXPECT_EQ(first.error, HttpError::kNone) << first.error_detail;
  EXPECT_EQ(Get(*client, {.url = server_.Url("/page")}).error, HttpError::kOverloaded);
  first = HttpResponse();  // Its room is free again.
  EXPECT_EQ(client->buffered_bytes_left(), 100'000U);
  EXPECT_EQ(Get(*client, {.url = server_.Url("/page")}).error, HttpError::kNone);
}

TEST_F(CurlHttpClientTest, RunsManyTransfersAtOnceAndNoMoreThanAllowed) {
  HttpOptions options = Options();
  options.transfers_max = 100;
  const auto client = Client(options);
  absl::Mutex mutex;
  int inside = 0;
  const auto all_in = [&inside] { return inside == 100; };
  server_.On("/together",
             [&](const ScriptedHttpServer::Request&, ScriptedHttpServer::Connection& connection) {
               {
                 const absl::MutexLock lock(&mutex);
                 ++inside;
                 // Nobody is answered before all hundred are here.
                 mutex.AwaitWithTimeout(absl::Condition(&all_in), kPatience);
               }
               ScriptedHttpServer::Answer(200, {}, "all")({}, connection);
             });
  for (int i = 0; i < 110; ++i) client->Start({.url = server_.Url("/together")}, answers_.Slot());
  int answered = 0;
  int put_off = 0;
  for (const HttpResponse& response : answers_.Wait(110)) {
    answered += response.error == HttpError::kNone ? 1 : 0;
    put_off += response.error == HttpError::kOverloaded ? 1 : 0;
  }
  EXPECT_EQ(answered, 100);
  EXPECT_EQ(put_off, 10);
}

TEST_F(CurlHttpClientTest, EndsWithoutWaitingForTransfers) {
  server_.On("/mute",
             [](const ScriptedHttpServer::Request&, ScriptedHttpServer::Connection& connection) {
               connection.Wait(absl::Hours(1));
               connection.Close();
             });
  for (int i = 0; i < 20; ++i) client_->Start({.url = server_.Url("/mute")}, answers_.Slot());
  client_.reset();
  EXPECT_THAT(answers_.Wait(0), SizeIs(0));
}

}  // namespace
}  // namespace sluice::fetch
