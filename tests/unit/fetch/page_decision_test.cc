#include "services/fetch/page_decision.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/fetch/drop_reasons.h"
#include "tests/fakes/fake_http_client.h"

namespace sluice::fetch {
namespace {

using fakes::FakeHttpClient;
using Kind = PageDecision::Kind;

const absl::Time kNow = absl::FromUnixSeconds(1'767'614'400);
constexpr std::string_view kUrl = "https://news.example/a";

PageDecision Decide(const HttpResponse& response,
                    const PageAsked& asked = {.url = kUrl, .before = {}, .body_hash = {}}) {
  return DecidePage(asked, response, kNow);
}

TEST(PageDecisionTest, KnowsEveryStatus) {
  struct Case {
    int status;
    Kind kind;
  };
  const Case cases[] = {
      {200, Kind::kPage},  {203, Kind::kPage},    {202, Kind::kDrop},  {204, Kind::kDrop},
      {206, Kind::kDrop},  {300, Kind::kDrop},    {301, Kind::kDrop},  {304, Kind::kRetry},
      {400, Kind::kDrop},  {401, Kind::kDrop},    {403, Kind::kDrop},  {404, Kind::kMissing},
      {408, Kind::kRetry}, {410, Kind::kMissing}, {425, Kind::kRetry}, {429, Kind::kRetry},
      {451, Kind::kDrop},  {499, Kind::kDrop},    {600, Kind::kDrop},  {500, Kind::kRetry},
      {501, Kind::kDrop},  {503, Kind::kRetry},   {505, Kind::kDrop},  {599, Kind::kRetry},
      {0, Kind::kDrop},    {999, Kind::kDrop},
  };
  for (const Case& c : cases) {
    const PageDecision decision = Decide(FakeHttpClient::Status(c.status));
    EXPECT_EQ(decision.kind, c.kind) << c.status;
    if (c.kind != Kind::kPage) {
      EXPECT_EQ(decision.reason, kHttpError) << c.status;
      EXPECT_EQ(decision.detail, std::to_string(c.status));
    }
  }
}

TEST(PageDecisionTest, KnowsEveryError) {
  struct Case {
    HttpError error;
    Kind kind;
    std::string_view reason;
  };
  const Case cases[] = {
      {HttpError::kAddressRefused, Kind::kDrop, kAddressRefused},
      {HttpError::kNoAnswer, Kind::kRetry, kNoAnswer},
      {HttpError::kTimeout, Kind::kRetry, kTimeout},
      {HttpError::kTruncated, Kind::kRetry, kTruncated},
      {HttpError::kTooLarge, Kind::kDrop, kTooLarge},
      {HttpError::kBomb, Kind::kDrop, kBomb},
      {HttpError::kEncoding, Kind::kDrop, kContentCoding},
      {HttpError::kRedirects, Kind::kDrop, kRedirectsExceeded},
      {HttpError::kProtocol, Kind::kDrop, kHttpError},
      {HttpError::kOverloaded, Kind::kPutOff, ""},
  };
  for (const Case& c : cases) {
    const PageDecision decision = Decide(FakeHttpClient::Error(c.error));
    EXPECT_EQ(decision.kind, c.kind);
    EXPECT_EQ(decision.reason, c.reason);
  }
}

TEST(PageDecisionTest, RefusesOtherMediaTypes) {
  EXPECT_EQ(Decide(FakeHttpClient::Page("x", "text/html; charset=utf-8")).kind, Kind::kPage);
  EXPECT_EQ(Decide(FakeHttpClient::Page("x", "")).kind, Kind::kPage);
  const PageDecision decision = Decide(FakeHttpClient::Page("x", "application/pdf"));
  EXPECT_EQ(decision.kind, Kind::kDrop);
  EXPECT_EQ(decision.reason, kContentType);
  EXPECT_EQ(decision.detail, "application/pdf");
}

TEST(PageDecisionTest, SeesThatNothingHasChanged) {
  EXPECT_EQ(Decide(FakeHttpClient::Status(304),
                   {.url = kUrl, .before = {}, .body_hash = {}, .conditional = true})
                .kind,
            Kind::kUnchanged);
  const std::string hash = base::HashBytes("same").Bytes();
  EXPECT_EQ(
      Decide(FakeHttpClient::Page("same"), {.url = kUrl, .before = {}, .body_hash = hash}).kind,
      Kind::kUnchanged);
  EXPECT_EQ(
      Decide(FakeHttpClient::Page("other"), {.url = kUrl, .before = {}, .body_hash = hash}).kind,
      Kind::kPage);
}

TEST(PageDecisionTest, FollowsARedirectWithinTheSite) {
  struct Case {
    std::string location, url;
  };
  const Case cases[] = {
      {"/b", "https://news.example/b"},
      {"b?q=1#part", "https://news.example/b?q=1"},
      {"https://www.news.example/b", "https://www.news.example/b"},
      {"http://news.example/a", "http://news.example/a"},
      {"//m.news.example:8080/a", "https://m.news.example:8080/a"},
      {"?utm_source=x", "https://news.example/a?utm_source=x"},  // As the server wants it.
  };
  for (const Case& c : cases) {
    const PageDecision decision = Decide(FakeHttpClient::Status(302, c.location));
    EXPECT_EQ(decision.kind, Kind::kFollow) << c.location;
    EXPECT_EQ(decision.url, c.url);
  }
}

TEST(PageDecisionTest, FollowsEveryKindOfRedirectAndNothingElse) {
  for (const int status : {301, 302, 303, 307, 308}) {
    EXPECT_EQ(Decide(FakeHttpClient::Status(status, "/b")).kind, Kind::kFollow) << status;
  }
  for (const int status : {300, 305, 306, 309, 404}) {
    EXPECT_NE(Decide(FakeHttpClient::Status(status, "/b")).kind, Kind::kFollow) << status;
  }
}

TEST(PageDecisionTest, LeavesTheSite) {
  const PageDecision decision = Decide(FakeHttpClient::Status(301, "https://other.example/b"));
  EXPECT_EQ(decision.kind, Kind::kLeave);
  EXPECT_EQ(decision.url, "https://other.example/b");
}

TEST(PageDecisionTest, RefusesRedirectsToNowhere) {
  for (const char* location : {"mailto:a@news.example", "file:///etc/passwd", "https://",
                               "javascript:alert(1)", "https://user:word@news.example/"}) {
    const PageDecision decision = Decide(FakeHttpClient::Status(302, location));
    EXPECT_EQ(decision.kind, Kind::kDrop) << location;
    EXPECT_EQ(decision.reason, kBadUrl) << location;
  }
}

TEST(PageDecisionTest, SeesALoop) {
  EXPECT_EQ(Decide(FakeHttpClient::Status(302, "/a")).reason, kRedirectLoop);
  const std::vector<std::string> before = {"https://news.example/x", "https://news.example/y"};
  EXPECT_EQ(
      Decide(FakeHttpClient::Status(302, "/x"), {.url = kUrl, .before = before, .body_hash = {}})
          .reason,
      kRedirectLoop);
  EXPECT_EQ(
      Decide(FakeHttpClient::Status(302, "/z"), {.url = kUrl, .before = before, .body_hash = {}})
          .kind,
      Kind::kFollow);
}

TEST(PageDecisionTest, FollowsNoFurtherThanAllowed) {
  std::vector<std::string> before;
  for (int followed = 0; followed < 3; ++followed) {
    const PageDecision decision =
        Decide(FakeHttpClient::Status(302, "/next"),
               {.url = kUrl, .before = before, .body_hash = {}, .redirects_max = 3});
    EXPECT_EQ(decision.kind, Kind::kFollow) << followed;
    before.push_back("https://news.example/" + std::to_string(followed));
  }
  const PageDecision decision =
      Decide(FakeHttpClient::Status(302, "/next"),
             {.url = kUrl, .before = before, .body_hash = {}, .redirects_max = 3});
  EXPECT_EQ(decision.reason, kRedirectsExceeded);
}

TEST(PageDecisionTest, PassesOnHowLongToWait) {
  HttpResponse response = FakeHttpClient::Status(429);
  response.retry_after = "90";
  EXPECT_EQ(Decide(response).wait, absl::Seconds(90));
}

}  // namespace
}  // namespace sluice::fetch
