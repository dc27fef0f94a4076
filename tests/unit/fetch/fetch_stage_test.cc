#include "services/fetch/fetch_stage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/fetch/fetch_tables.h"
#include "tests/unit/fetch/shard_fixture.h"

namespace sluice::fetch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kSite = "https://news.example";
const std::string kPage = "https://news.example/1";
const std::string kRobots = "https://news.example/robots.txt";

class FetchStageTest : public ShardFixture {
 protected:
  int RowsOf(std::string_view table) const {
    int count = 0;
    for (const auto& [key, value] : log_.Dump().rows)
      count += key.find(fmt::format("/{} ", table)) != std::string::npos ? 1 : 0;
    return count;
  }
  // Over all rows; takes eleven hours.
  void Sweep() {
    for (int slice = 0; slice < 65'536 / 16; ++slice) Advance(FetchStage::kSweepInterval);
  }
};

TEST_F(FetchStageTest, AsksForRobotsFirstAndPassesThePageOn) {
  Open();
  Submit(kPage);
  EXPECT_THAT(Waiting(), ElementsAre(kRobots));
  Greet(kSite, "User-agent: *\nDisallow: /private\n");
  EXPECT_THAT(Waiting(), ElementsAre(kPage));
  Answer(kPage, Http::Page("<p>Hello", "text/html; charset=koi8-r"));

  ASSERT_THAT(Pages(), SizeIs(1));
  const data::v1::RawPage page = Pages().front();
  EXPECT_EQ(page.envelope().id(), base::CaptureId(kPage, base::HashBytes("<p>Hello")));
  EXPECT_EQ(page.envelope().url(), kPage);
  EXPECT_EQ(page.envelope().requested_url(), "");
  EXPECT_EQ(page.envelope().origin(), data::v1::ORIGIN_SUBMITTED);
  ASSERT_EQ(page.envelope().trail_size(), 1);
  EXPECT_EQ(page.envelope().trail(0).stage(), "fetch");
  EXPECT_EQ(page.content_type(), "text/html");
  EXPECT_EQ(page.charset(), "koi8-r");
  EXPECT_EQ(page.http_status(), 200U);
  EXPECT_EQ(base::FromProto(page.fetched_at()), clock_.Now());
  EXPECT_EQ(log_.Records(log::kRawPages).front().key, "news.example");
}

TEST_F(FetchStageTest, CarriesTheHintsOfTheTarget) {
  Open();
  data::v1::CrawlTarget target;
  target.mutable_envelope()->set_url(kPage);
  target.mutable_envelope()->set_id(base::TargetId(kPage));
  target.set_title("A headline");
  target.set_language("en");
  target.mutable_published()->set_seconds(1'767'000'000);
  log_.Append(log::kCrawlTargets, "news.example", target.SerializeAsString());
  Run();
  Greet(kSite);
  Answer(kPage, Http::Page("x"));
  ASSERT_THAT(Pages(), SizeIs(1));
  EXPECT_EQ(Pages()[0].feed_title(), "A headline");
  EXPECT_EQ(Pages()[0].feed_language(), "en");
  EXPECT_EQ(Pages()[0].feed_published().seconds(), 1'767'000'000);
}

TEST_F(FetchStageTest, AsksAHostForOneThingAtATimeAndThenLetsItRest) {
  Open();
  for (const char* url :
       {"https://news.example/1", "https://news.example/2", "http://news.example/3"})
    Submit(url);
  Greet(kSite);
  EXPECT_THAT(Waiting(), ElementsAre(kPage));
  Advance(absl::Minutes(1));
  EXPECT_THAT(Waiting(), ElementsAre(kPage));
  Answer(kPage, Http::Page("1"));
  Advance(absl::Milliseconds(999));
  EXPECT_THAT(Waiting(), IsEmpty());
  Advance(absl::Milliseconds(1));
  EXPECT_THAT(Waiting(), ElementsAre("https://news.example/2"));
  Answer("https://news.example/2", Http::Page("2"));
  Advance(absl::Seconds(1));
  // Another origin of the same host: its own robots.txt, the same queue.
  EXPECT_THAT(Waiting(), ElementsAre("http://news.example/robots.txt"));
}

TEST_F(FetchStageTest, AsksManyHostsAtOnceUpToTheLimit) {
  options_.http.transfers_max = 2;
  Open();
  for (const char* url : {"https://a.example/", "https://b.example/", "https://c.example/"})
    Submit(url);
  EXPECT_THAT(Waiting(),
              ElementsAre("https://a.example/robots.txt", "https://b.example/robots.txt"));
  EXPECT_EQ(shard_->in_flight(), 2U);
  AnswerRobots("https://a.example");
  EXPECT_THAT(Waiting(),
              ElementsAre("https://b.example/robots.txt", "https://c.example/robots.txt"));
}

TEST_F(FetchStageTest, WaitsAsLongAsRobotsAsksUpToTheBound) {
  options_.crawl_delay_max = absl::Seconds(20);
  Open();
  for (const char* url : {"https://a.example/1", "https://a.example/2"}) Submit(url);
  AnswerRobots("https://a.example", "User-agent: *\nCrawl-delay: 5\n");
  Advance(absl::Seconds(4));
  EXPECT_THAT(Waiting(), IsEmpty());
  Advance(absl::Seconds(1));
  Answer("https://a.example/1", Http::Page("1"));
  Advance(absl::Seconds(4));
  EXPECT_THAT(Waiting(), IsEmpty());
  Advance(absl::Seconds(1));
  EXPECT_THAT(Waiting(), ElementsAre("https://a.example/2"));

  Submit("https://b.example/1");
  AnswerRobots("https://b.example", "User-agent: *\nCrawl-delay: 3600\n");
  Advance(absl::Seconds(20));
  EXPECT_THAT(Waiting(), UnorderedElementsAre("https://a.example/2", "https://b.example/1"));
}

TEST_F(FetchStageTest, NeverAsksForWhatRobotsForbids) {
  Open();
  Submit("https://news.example/private/1");
  Submit(kPage);
  Greet(kSite, "User-agent: *\nDisallow: /private\n");
  EXPECT_THAT(Waiting(), ElementsAre(kPage));
  EXPECT_EQ(Reason("https://news.example/private/1"), kRobotsDisallowed);
}

TEST_F(FetchStageTest, GivesUpOnAHostWithoutARobotsThatCanBeRead) {
  options_.retries_max = 2;
  Open();
  Submit(kPage);
  Answer(kRobots, Http::Status(500));
  Advance(absl::Minutes(1));
  Answer(kRobots, Http::Error(HttpError::kNoAnswer));
  Advance(absl::Minutes(4));
  Answer(kRobots, Http::Status(500));
  Advance(absl::Seconds(1));
  EXPECT_EQ(Reason(kPage), kRobotsUnreachable);
  // While it counts as closed nothing is asked.
  Submit("https://news.example/2");
  EXPECT_THAT(Waiting(), IsEmpty());
  EXPECT_EQ(Reason("https://news.example/2"), kRobotsUnreachable);
}

TEST_F(FetchStageTest, EndsAPageForEveryReason) {
  struct Case {
    std::string url;
    HttpResponse response;
    std::string_view reason;
  };
  options_.retries_max = 0;
  Open();
  std::vector<Case> cases;
  cases.push_back({"https://news.example/404", Http::Status(404), kHttpError});
  cases.push_back({"https://news.example/500", Http::Status(500), kHttpError});
  cases.push_back({"https://news.example/no", Http::Error(HttpError::kNoAnswer), kNoAnswer});
  cases.push_back({"https://news.example/time", Http::Error(HttpError::kTimeout), kTimeout});
  cases.push_back({"https://news.example/cut", Http::Error(HttpError::kTruncated), kTruncated});
  cases.push_back({"https://news.example/large", Http::Error(HttpError::kTooLarge), kTooLarge});
  cases.push_back({"https://news.example/bomb", Http::Error(HttpError::kBomb), kBomb});
  cases.push_back({"https://news.example/br", Http::Error(HttpError::kEncoding), kContentCoding});
  cases.push_back(
      {"https://news.example/in", Http::Error(HttpError::kAddressRefused), kAddressRefused});
  cases.push_back({"https://news.example/pdf", Http::Page("x", "application/pdf"), kContentType});
  cases.push_back({"https://news.example/self", Http::Status(302, "/self"), kRedirectLoop});
  cases.push_back({"https://news.example/mail", Http::Status(302, "mailto:a@b.example"), kBadUrl});
  for (const Case& c : cases) Submit(c.url);
  Greet(kSite);
  for (Case& c : cases) {
    Answer(c.url, std::move(c.response));
    EXPECT_EQ(Reason(c.url), c.reason) << c.url;
    Advance(absl::Seconds(1));
  }
  EXPECT_EQ(FinalOutcomes(), static_cast<int>(cases.size()));
  EXPECT_THAT(Pages(), IsEmpty());
  EXPECT_EQ(shard_->frontier_urls(), 0U);
}

TEST_F(FetchStageTest, RefusesUrlsBeforeAnythingIsAsked) {
  Open();
  for (const char* url : {"http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest",
                          "http://localhost/", "http://2130706433/", "http://news.example:25/"}) {
    Submit(url);
    EXPECT_EQ(Reason(url), kAddressRefused) << url;
  }
  for (const char* url :
       {"ftp://news.example/", "not a url", "", "http://", "https://user@news.example/"}) {
    Submit(url);
    EXPECT_EQ(Reason(url), kBadUrl) << url;
  }
  const std::string longest = "https://news.example/" + std::string(10'000, 'x');
  Submit(longest);
  EXPECT_EQ(Reason(longest), kBadUrl);
  EXPECT_THAT(Waiting(), IsEmpty());
}

TEST_F(FetchStageTest, TakesAUrlOnce) {
  Open();
  Submit(kPage);
  Submit("https://NEWS.example/1?utm_source=feed#top");
  EXPECT_EQ(Reason("https://NEWS.example/1?utm_source=feed#top"), kKnown);
  Greet(kSite);
  Answer(kPage, Http::Page("x"));
  fakes::FetchShard::Submit(log_, kPage, data::v1::ORIGIN_LIVE);
  Advance(absl::Seconds(10));
  EXPECT_EQ(Reason(kPage), kKnown);
  EXPECT_THAT(Waiting(), IsEmpty());
  EXPECT_THAT(Pages(), SizeIs(1));
}

TEST_F(FetchStageTest, FetchesAgainWhatIsSubmittedAgainLater) {
  options_.revisits.clear();
  Open();
  Submit(kPage);
  Greet(kSite);
  HttpResponse first = Http::Page("x");
  first.etag = "W/\"1\"";
  first.last_modified = "Mon, 05 Jan 2026 11:00:00 GMT";
  Answer(kPage, std::move(first));
  Advance(absl::Hours(2));
  Submit(kPage);
  ASSERT_THAT(Waiting(), ElementsAre(kPage));
  EXPECT_EQ(http_.asked().back().etag, "W/\"1\"");
  EXPECT_EQ(http_.asked().back().last_modified, "Mon, 05 Jan 2026 11:00:00 GMT");
  Answer(kPage, Http::Status(304));
  EXPECT_EQ(Reason(kPage), kUnchanged);
  Advance(absl::Hours(2));
  Submit(kPage);
  Answer(kPage, Http::Page("y"));
  EXPECT_THAT(Pages(), SizeIs(2));
}

TEST_F(FetchStageTest, TriesAFailedUrlAgainWhenItIsSubmittedButNotWhenASourceNamesItSoon) {
  Open();
  Submit(kPage);
  Greet(kSite);
  Answer(kPage, Http::Status(404));
  fakes::FetchShard::Submit(log_, kPage, data::v1::ORIGIN_LIVE);
  Advance(absl::Hours(1));
  EXPECT_EQ(Reason(kPage), kKnown);
  Submit(kPage);
  Answer(kPage, Http::Status(404));
  fakes::FetchShard::Submit(log_, kPage, data::v1::ORIGIN_LIVE);
  Advance(absl::Hours(1));
  EXPECT_THAT(Waiting(), IsEmpty());
  Advance(absl::Hours(24));
  fakes::FetchShard::Submit(log_, kPage, data::v1::ORIGIN_LIVE);
  Run();
  EXPECT_THAT(Waiting(), ElementsAre(kRobots));  // A day old.
}

TEST_F(FetchStageTest, FollowsRedirectsWithinTheSiteHopByHop) {
  Open();
  Submit("http://news.example/1");
  Greet("http://news.example");
  Answer("http://news.example/1", Http::Status(301, "https://www.news.example/1"));
  // Another host: it has not been asked yet, so it need not rest; and it has a robots.txt of its
  // own.
  EXPECT_THAT(Waiting(), ElementsAre("https://www.news.example/robots.txt"));
  Greet("https://www.news.example");
  Answer("https://www.news.example/1", Http::Status(302, "/one?id=5"));
  EXPECT_THAT(Waiting(), IsEmpty());
  Advance(absl::Seconds(1));
  Answer("https://www.news.example/one?id=5", Http::Page("x"));
  ASSERT_THAT(Pages(), SizeIs(1));
  EXPECT_EQ(Pages()[0].envelope().url(), "https://www.news.example/one?id=5");
  EXPECT_EQ(Pages()[0].envelope().requested_url(), "http://news.example/1");
  EXPECT_EQ(Pages()[0].envelope().id(),
            base::CaptureId("https://www.news.example/one?id=5", base::HashBytes("x")));
  // Both names are known now.
  Submit("https://www.news.example/one?id=5");
  EXPECT_EQ(Reason("https://www.news.example/one?id=5"), kKnown);
}

TEST_F(FetchStageTest, AsksForNothingForbiddenBehindARedirect) {
  Open();
  for (const char* page : {"/1", "/2", "/3"}) Submit(std::string(kSite) + page);
  Greet(kSite, "User-agent: *\nDisallow: /private\n");
  Answer("https://news.example/1", Http::Status(302, "/private/1"));
  Advance(absl::Seconds(1));
  EXPECT_EQ(Reason("https://news.example/1"), kRobotsDisallowed);
  Answer("https://news.example/2", Http::Status(302, "http://news.example:22/"));
  Advance(absl::Seconds(1));
  EXPECT_EQ(Reason("https://news.example/2"), kAddressRefused);
  Answer("https://news.example/3", Http::Status(302, "http://10.0.0.1/"));
  EXPECT_EQ(Reason("https://news.example/3"), kAddressRefused);
  for (const HttpRequest& request : http_.asked()) {
    EXPECT_THAT(request.url, ::testing::Not(HasSubstr("private")));
    EXPECT_THAT(request.url, ::testing::Not(HasSubstr("10.0.0.1")));
  }
}

TEST_F(FetchStageTest, FindsLoopsAndBoundsRedirects) {
  options_.redirects_max = 2;
  Open();
  Submit(std::string(kSite) + "/a");
  Submit(std::string(kSite) + "/x");
  Greet(kSite);
  Answer("https://news.example/a", Http::Status(302, "/b"));
  Advance(absl::Seconds(1));
  Answer("https://news.example/b", Http::Status(302, "/a"));
  EXPECT_EQ(Reason("https://news.example/a"), kRedirectLoop);
  Advance(absl::Seconds(1));
  for (const char* hop : {"/x", "/y"}) {
    Answer(std::string(kSite) + hop, Http::Status(302, hop == std::string("/x") ? "/y" : "/z"));
    Advance(absl::Seconds(1));
  }
  Answer("https://news.example/z", Http::Status(302, "/zz"));
  EXPECT_EQ(Reason("https://news.example/x"), kRedirectsExceeded);
}

TEST_F(FetchStageTest, DropsARedirectToAPageThatIsKnown) {
  Open();
  Submit(std::string(kSite) + "/old");
  Submit(std::string(kSite) + "/new");
  Greet(kSite);
  Answer("https://news.example/old", Http::Status(301, "/new"));
  EXPECT_EQ(Reason("https://news.example/old"), kKnown);
  Advance(absl::Seconds(1));
  Answer("https://news.example/new", Http::Page("x"));
  EXPECT_THAT(Pages(), SizeIs(1));
  Restart();
  Advance(absl::Minutes(30));
  EXPECT_THAT(Waiting(), IsEmpty()) << "the old address was done with";
}

TEST_F(FetchStageTest, MakesANewTargetOfARedirectToAnotherSite) {
  Open();
  Submit(kPage);
  Greet(kSite);
  Answer(kPage, Http::Status(302, "https://other.example/1"));
  ASSERT_THAT(Targets(), SizeIs(2));
  const data::v1::CrawlTarget moved = Targets()[1];
  EXPECT_EQ(log_.Records(log::kCrawlTargets)[1].key, "other.example");
  EXPECT_EQ(moved.hops(), 1U);
  EXPECT_EQ(moved.envelope().id(), base::TargetId("https://other.example/1"));
  EXPECT_EQ(moved.envelope().url(), "https://other.example/1");
  EXPECT_EQ(moved.envelope().requested_url(), kPage);
  Greet("https://other.example");
  Answer("https://other.example/1", Http::Page("x"));
  ASSERT_THAT(Pages(), SizeIs(1));
  EXPECT_EQ(Pages()[0].envelope().requested_url(), kPage);
  EXPECT_EQ(FinalOutcomes(), 0);
  Restart();
  Advance(absl::Minutes(30));
  EXPECT_THAT(Waiting(), IsEmpty()) << "the page that moved was done with";
  Submit(kPage);
  EXPECT_EQ(Reason(kPage), kKnown);
}

TEST_F(FetchStageTest, BoundsRedirectsFromSiteToSite) {
  options_.hops_max = 1;
  Open();
  Submit("https://a.example/");
  Greet("https://a.example");
  Answer("https://a.example/", Http::Status(302, "https://b.example/"));
  Greet("https://b.example");
  Answer("https://b.example/", Http::Status(302, "https://a.example/2"));
  EXPECT_EQ(Reason("https://a.example/"), kRedirectsExceeded);
  EXPECT_THAT(Targets(), SizeIs(2));
}

TEST_F(FetchStageTest, TriesAgainWithGrowingPauses) {
  options_.retries_max = 2;
  Open();
  Submit(kPage);
  Greet(kSite);
  Answer(kPage, Http::Status(500));
  Advance(absl::Seconds(59));
  EXPECT_THAT(Waiting(), IsEmpty());
  Advance(absl::Seconds(1));
  Answer(kPage, Http::Error(HttpError::kTruncated));
  Advance(absl::Minutes(4) - absl::Seconds(1));
  EXPECT_THAT(Waiting(), IsEmpty());
  Advance(absl::Seconds(1));
  Answer(kPage, Http::Status(502));
  EXPECT_EQ(Reason(kPage), kHttpError);
  EXPECT_EQ(FinalOutcomes(), 1);
}

TEST_F(FetchStageTest, LeavesABusyHostAloneAsLongAsItAsks) {
  Open();
  Submit(kPage);
  Submit("https://news.example/2");
  Greet(kSite);
  HttpResponse busy = Http::Status(429);
  busy.retry_after = "3600";
  Answer(kPage, std::move(busy));
  Advance(absl::Seconds(3599));
  EXPECT_THAT(Waiting(), IsEmpty());
  Restart();
  EXPECT_THAT(Waiting(), IsEmpty());  // Also after a restart.
  Advance(absl::Seconds(2));
  EXPECT_THAT(Waiting(), SizeIs(1));
  Answer("https://news.example/2", Http::Page("2"));
  Advance(absl::Seconds(1));
  Answer(kPage, Http::Page("1"));
  EXPECT_THAT(Pages(), SizeIs(2));
}

TEST_F(FetchStageTest, PutsOffWithoutCountingATryWhatTheClientHasNoRoomFor) {
  options_.retries_max = 0;
  Open();
  Submit(kPage);
  Answer(kRobots, Http::Error(HttpError::kOverloaded));
  Advance(absl::Seconds(1));
  Greet(kSite);
  for (int i = 0; i < 5; ++i) {
    Answer(kPage, Http::Error(HttpError::kOverloaded));
    Advance(absl::Seconds(1));
  }
  Answer(kPage, Http::Page("x"));
  EXPECT_THAT(Pages(), SizeIs(1));
}

TEST_F(FetchStageTest, StartsNothingWhileItIsHeldBack) {
  Open();
  Submit(kPage);
  Greet(kSite);
  shard_->set_held(true);
  Answer(kPage, Http::Page("1"));
  EXPECT_THAT(Pages(), SizeIs(1));  // What comes in is taken.
  Submit("https://news.example/2");
  Advance(absl::Seconds(30));
  EXPECT_THAT(Waiting(), IsEmpty());
  shard_->set_held(false);
  Advance(absl::Seconds(1));
  EXPECT_THAT(Waiting(), ElementsAre("https://news.example/2"));
}

TEST_F(FetchStageTest, RefusesWhatTheFrontierHasNoRoomFor) {
  options_.host_urls_max = 2;
  options_.frontier_urls_max = 3;
  Open();
  for (const char* url : {"https://a.example/1", "https://a.example/2", "https://a.example/3"})
    Submit(url);
  EXPECT_EQ(Reason("https://a.example/3"), kHostFull);
  Submit("https://b.example/1");
  Submit("https://c.example/1");
  EXPECT_EQ(Reason("https://c.example/1"), kFrontierFull);
}

TEST_F(FetchStageTest, AsksAgainAfterACrashOnlyForWhatWasUnderWay) {
  Open();
  Submit(kPage);
  Submit("https://news.example/2");
  Submit("https://other.example/1");
  Greet(kSite);
  Greet("https://other.example");
  Answer(kPage, Http::Page("1"));
  EXPECT_THAT(Waiting(), ElementsAre("https://other.example/1"));
  const size_t asked = http_.asked().size();
  Restart();
  // An earlier run may have asked just now: every host rests first.
  EXPECT_THAT(Waiting(), IsEmpty());
  Advance(absl::Seconds(1));
  EXPECT_THAT(Waiting(), UnorderedElementsAre("https://news.example/2", "https://other.example/1"));
  EXPECT_EQ(http_.asked().size(), asked + 2);  // No robots.txt, and the first page not again.
  Answer("https://news.example/2", Http::Page("2"));
  Answer("https://other.example/1", Http::Page("3"));
  EXPECT_THAT(Pages(), SizeIs(3));
}

TEST_F(FetchStageTest, GoesOnInTheMiddleOfRedirectsAfterACrash) {
  Open();
  Submit(kPage);
  Greet(kSite);
  Answer(kPage, Http::Status(302, "/2"));
  Restart();
  Advance(absl::Seconds(1));
  EXPECT_THAT(Waiting(), ElementsAre("https://news.example/2"));
  Answer("https://news.example/2", Http::Status(302, "/1"));
  EXPECT_EQ(Reason(kPage), kRedirectLoop);
}

TEST_F(FetchStageTest, LooksAtAPageAgainAndPassesOnWhatHasChanged) {
  options_.revisits = {absl::Hours(1), absl::Hours(6)};
  options_.robots_ttl = absl::Hours(24);
  Open();
  Submit(kPage);
  Greet(kSite);
  HttpResponse first = Http::Page("one");
  first.etag = "\"1\"";
  Answer(kPage, std::move(first));
  Advance(absl::Minutes(59));
  EXPECT_THAT(Waiting(), IsEmpty());
  Advance(absl::Minutes(1));
  ASSERT_THAT(Waiting(), ElementsAre(kPage));
  EXPECT_EQ(http_.asked().back().etag, "\"1\"");
  Answer(kPage, Http::Status(304));
  EXPECT_THAT(Pages(), SizeIs(1));
  Restart();
  Advance(absl::Hours(5));
  Answer(kPage, Http::Page("two"));
  ASSERT_THAT(Pages(), SizeIs(2));
  EXPECT_EQ(Pages()[1].envelope().id(), base::CaptureId(kPage, base::HashBytes("two")));
  EXPECT_EQ(Pages()[1].envelope().trail_size(), 1);
  EXPECT_EQ(Pages()[1].envelope().origin(), data::v1::ORIGIN_SUBMITTED);
  EXPECT_EQ(FinalOutcomes(), 0);
  Advance(absl::Hours(100));
  EXPECT_THAT(Waiting(), IsEmpty());
  EXPECT_EQ(shard_->frontier_urls(), 0U);
}

TEST_F(FetchStageTest, SaysThatAPageIsGoneAfterTwoLooksADayApart) {
  options_.revisits = {absl::Hours(1), absl::Hours(6)};
  Open();
  Submit(kPage);
  Greet(kSite);
  Answer(kPage, Http::Page("one"));
  Advance(absl::Hours(1));
  Answer(kPage, Http::Status(404));
  EXPECT_THAT(Pages(), SizeIs(1));
  Advance(absl::Hours(23));
  EXPECT_THAT(Waiting(), IsEmpty());
  Advance(absl::Hours(1));
  Greet(kSite);  // A day old.
  Answer(kPage, Http::Status(410));
  ASSERT_THAT(Pages(), SizeIs(2));
  EXPECT_TRUE(Pages()[1].gone());
  EXPECT_EQ(Pages()[1].envelope().url(), kPage);
  EXPECT_EQ(Pages()[1].http_status(), 410U);
  EXPECT_EQ(Pages()[1].body(), "");
  EXPECT_NE(Pages()[1].envelope().id(), Pages()[0].envelope().id());
  ASSERT_EQ(Pages()[1].envelope().trail_size(), 1);
  EXPECT_EQ(Pages()[1].envelope().trail(0).detail(), "gone: 410 twice");
  Advance(absl::Hours(1000));
  EXPECT_THAT(Waiting(), IsEmpty());
}

TEST_F(FetchStageTest, KeepsAPageThatComesBack) {
  options_.revisits = {absl::Hours(1), absl::Hours(48), absl::Hours(50)};
  Open();
  Submit(kPage);
  Greet(kSite);
  Answer(kPage, Http::Page("one"));
  Advance(absl::Hours(1));
  Answer(kPage, Http::Status(404));
  Advance(absl::Hours(24));
  Greet(kSite);
  Answer(kPage, Http::Page("one"));
  Advance(absl::Hours(25));
  Greet(kSite);
  Answer(kPage, Http::Status(404));
  EXPECT_THAT(Pages(), SizeIs(1));
}

TEST_F(FetchStageTest, DropsABodyThatNoRecordHolds) {
  Open();
  Submit(kPage);
  Greet(kSite);
  HttpResponse page = Http::Page(std::string((2 << 20) - 1000, 'x'));
  page.codec = data::v1::BODY_CODEC_GZIP;
  Answer(kPage, std::move(page));
  EXPECT_EQ(Reason(kPage), kTooLarge);
}

TEST_F(FetchStageTest, DeadLettersWhatIsNoTarget) {
  Open();
  log_.Append(log::kCrawlTargets, "x", "\xff\xff no message");
  Run();
  EXPECT_THAT(log_.Records(log::kDeadLetters), SizeIs(1));
}

TEST_F(FetchStageTest, ForgetsHostsThatWereBusyInTime) {
  options_.retries_max = 0;
  Open();
  Submit(kPage);
  Greet(kSite);
  Answer(kPage, Http::Status(503));
  ASSERT_EQ(RowsOf("host"), 1);
  Sweep();
  EXPECT_EQ(RowsOf("host"), 1);
  for (int i = 0; i < 3; ++i) Sweep();
  EXPECT_EQ(RowsOf("host"), 0);
}

TEST_F(FetchStageTest, ForgetsOldUrlsInTime) {
  options_.revisits.clear();
  options_.url_memory = absl::Hours(48);
  Open();
  Submit(kPage);
  Greet(kSite);
  Answer(kPage, Http::Page("one"));
  ASSERT_EQ(RowsOf("url"), 1) << log_.Dump().rows.begin()->first;
  Sweep();
  EXPECT_EQ(RowsOf("url"), 1);
  for (int i = 0; i < 5; ++i) Sweep();
  EXPECT_EQ(RowsOf("url"), 0);
}

}  // namespace
}  // namespace sluice::fetch
