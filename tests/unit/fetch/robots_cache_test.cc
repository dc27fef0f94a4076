#include "services/fetch/robots_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/scripted_http_server.h"

namespace sluice::fetch {
namespace {

using Answer = RobotsCache::Answer;
using fakes::FakeHttpClient;
using ::testing::HasSubstr;

constexpr std::string_view kOrigin = "https://news.example";

class RobotsCacheTest : public ::testing::Test {
 protected:
  RobotsCache::Ruling Rule(const std::string& path) {
    return cache_.Rule(transaction_, *url::Url::Parse(std::string(kOrigin) + path), now_);
  }
  absl::Time Learn(HttpResponse response) {
    if (response.url.empty()) response.url = std::string(kOrigin) + "/robots.txt";
    return cache_.Learn(transaction_, kOrigin, response, now_);
  }

  RobotsCache cache_{{}};
  log::Transaction transaction_{nullptr};
  absl::Time now_ = absl::FromUnixSeconds(1'767'614'400);
};

TEST_F(RobotsCacheTest, AsksForRobotsBeforeAnythingElse) {
  EXPECT_EQ(Rule("/a").answer, Answer::kUnknown);
  const HttpRequest request = cache_.Ask(kOrigin);
  EXPECT_EQ(request.url, "https://news.example/robots.txt");
  EXPECT_TRUE(request.cut_at_max);
  EXPECT_EQ(request.redirects_max, 5);
}

TEST_F(RobotsCacheTest, AppliesTheRulesForADay) {
  EXPECT_EQ(Learn(FakeHttpClient::Page("User-agent: *\nDisallow: /private/\nCrawl-delay: 7\n",
                                       "text/plain")),
            absl::InfinitePast());
  EXPECT_EQ(Rule("/a").answer, Answer::kAllowed);
  EXPECT_EQ(Rule("/a").crawl_delay, absl::Seconds(7));
  EXPECT_EQ(Rule("/private/a").answer, Answer::kDisallowed);
  EXPECT_THAT(Rule("/private/a").detail, HasSubstr("/private/a"));
  now_ += absl::Hours(24);
  EXPECT_EQ(Rule("/a").answer, Answer::kUnknown);
}

TEST_F(RobotsCacheTest, HeedsRulesForUsByName) {
  Learn(FakeHttpClient::Page("User-agent: *\nDisallow: /\n\nUser-agent: Sluice\nAllow: /\n",
                             "text/plain"));
  EXPECT_EQ(Rule("/a").answer, Answer::kAllowed);
}

TEST_F(RobotsCacheTest, ReadsNewRulesWhenTheyCome) {
  Learn(FakeHttpClient::Page("User-agent: *\nDisallow: /old\n"));
  EXPECT_EQ(Rule("/old").answer, Answer::kDisallowed);
  now_ += absl::Hours(25);
  Learn(FakeHttpClient::Page("User-agent: *\nDisallow: /new\n"));
  EXPECT_EQ(Rule("/old").answer, Answer::kAllowed);
  EXPECT_EQ(Rule("/new").answer, Answer::kDisallowed);
}

TEST_F(RobotsCacheTest, BoundsTheRulesThatAreKeptParsed) {
  constexpr size_t kBytesMax = 100'000;
  RobotsCache cache({.parsed_bytes_max = kBytesMax});
  std::string rules = "User-agent: *\n";
  for (int i = 0; i < 500; ++i) rules += fmt::format("Disallow: /{}/{}\n", i, std::string(20, 'x'));
  for (int pass = 0; pass < 2; ++pass) {
    for (int i = 0; i < 20; ++i) {
      const std::string origin = fmt::format("https://site{}.example", i);
      if (pass == 0) cache.Learn(transaction_, origin, FakeHttpClient::Page(rules), now_);
      const auto url = url::Url::Parse(origin + "/7/" + std::string(20, 'x'));
      EXPECT_EQ(cache.Rule(transaction_, *url, now_).answer, Answer::kDisallowed) << origin;
      EXPECT_LE(cache.parsed_bytes(), kBytesMax);
      EXPECT_GT(cache.parsed_bytes(), 0U);
    }
  }
}

TEST_F(RobotsCacheTest, AllowsEverythingWhereThereIsNone) {
  for (const int status : {400, 401, 403, 404, 410, 451, 499}) {
    EXPECT_EQ(Learn(FakeHttpClient::Status(status)), absl::InfinitePast()) << status;
    EXPECT_EQ(Rule("/a").answer, Answer::kAllowed) << status;
  }
  EXPECT_EQ(Learn(FakeHttpClient::Error(HttpError::kRedirects)), absl::InfinitePast());
  EXPECT_EQ(Rule("/a").answer, Answer::kAllowed);
}

TEST_F(RobotsCacheTest, TriesAgainAndThenTakesTheHostForClosed) {
  for (const absl::Duration wait : {absl::Minutes(1), absl::Minutes(4), absl::Minutes(16)}) {
    EXPECT_EQ(Learn(FakeHttpClient::Status(503)), now_ + wait);
    EXPECT_EQ(Rule("/a").answer, Answer::kUnknown);
  }
  EXPECT_EQ(Learn(FakeHttpClient::Status(500)), absl::InfinitePast());
  EXPECT_EQ(Rule("/a").answer, Answer::kUnreachable);
  EXPECT_THAT(Rule("/a").detail, HasSubstr("500"));
  now_ += absl::Hours(1);
  EXPECT_EQ(Rule("/a").answer, Answer::kUnknown);
  Learn(FakeHttpClient::Page(""));
  EXPECT_EQ(Rule("/a").answer, Answer::kAllowed);
}

TEST_F(RobotsCacheTest, WaitsAsLongAsItIsAsked) {
  HttpResponse busy = FakeHttpClient::Status(429);
  busy.retry_after = "600";
  EXPECT_EQ(Learn(std::move(busy)), now_ + absl::Minutes(10));
}

TEST_F(RobotsCacheTest, KeepsToTheRulesThatItHasWhileThereAreNoOthers) {
  Learn(FakeHttpClient::Page("User-agent: *\nDisallow: /private/\n"));
  now_ += absl::Hours(24);
  EXPECT_EQ(Learn(FakeHttpClient::Error(HttpError::kNoAnswer)), absl::InfinitePast());
  EXPECT_EQ(Rule("/a").answer, Answer::kAllowed);
  EXPECT_EQ(Rule("/private/a").answer, Answer::kDisallowed);
  now_ += absl::Hours(24 * 31);
  EXPECT_EQ(Learn(FakeHttpClient::Error(HttpError::kNoAnswer)), now_ + absl::Minutes(4));
}

TEST_F(RobotsCacheTest, RefusesAHostWhoseAddressMayNotBeAsked) {
  Learn(FakeHttpClient::Error(HttpError::kAddressRefused));
  EXPECT_EQ(Rule("/a").answer, Answer::kRefused);
}

TEST_F(RobotsCacheTest, TakesARefusedAddressBehindARedirectForNoAnswer) {
  HttpResponse response = FakeHttpClient::Error(HttpError::kAddressRefused);
  response.url = "http://127.0.0.1/robots.txt";
  EXPECT_EQ(Learn(std::move(response)), now_ + absl::Minutes(1));
  EXPECT_EQ(Rule("/a").answer, Answer::kUnknown);
}

TEST_F(RobotsCacheTest, ReadsGzipThoughItAskedForNone) {
  HttpResponse response = FakeHttpClient::Page(fakes::ScriptedHttpServer::Gzip(
      "User-agent: *\nDisallow: /private/\n" + std::string(600'000, '#')));
  response.codec = data::v1::BODY_CODEC_GZIP;
  Learn(std::move(response));
  EXPECT_EQ(Rule("/private/a").answer, Answer::kDisallowed);
}

TEST_F(RobotsCacheTest, ForgetsNoRulesOfManyOrigins) {
  RobotsCache small({.parsed_max = 2});
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 5; ++i) {
      const std::string origin = "https://site" + std::to_string(i) + ".example";
      if (round == 0) {
        small.Learn(transaction_, origin,
                    FakeHttpClient::Page("User-agent: *\nDisallow: /" + std::to_string(i) + "\n"),
                    now_);
      }
      for (int path = 0; path < 5; ++path) {
        const auto url = *url::Url::Parse(origin + "/" + std::to_string(path));
        EXPECT_EQ(small.Rule(transaction_, url, now_).answer,
                  path == i ? Answer::kDisallowed : Answer::kAllowed);
      }
    }
  }
}

}  // namespace
}  // namespace sluice::fetch
