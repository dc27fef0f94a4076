#include "services/fetch/source_visits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "pipeline/url/registrable_domain.h"
#include "pipeline/url/url.h"
#include "tests/unit/fetch/shard_fixture.h"

namespace sluice::fetch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kSite = "https://news.example";
const std::string kFeed = "https://news.example/rss";
const std::string kMap = "https://news.example/sitemap.xml";
const std::string kFront = "https://news.example/";

std::string Rss(const std::vector<std::string>& links, const std::string& more = "") {
  std::string text =
      "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>News</title>" + more;
  for (const std::string& link : links) {
    text += "<item><title>About " + link + "</title><link>" + link + "</link></item>";
  }
  return text + "</channel></rss>";
}

std::string Urlset(const std::vector<std::string>& links) {
  std::string text =
      "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">";
  for (const std::string& link : links) text += "<url><loc>" + link + "</loc></url>";
  return text + "</urlset>";
}

std::string Index(const std::vector<std::pair<std::string, std::string>>& parts) {
  std::string text =
      "<?xml version=\"1.0\"?><sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">";
  for (const auto& [loc, lastmod] : parts) {
    text += "<sitemap><loc>" + loc + "</loc>" +
            (lastmod.empty() ? "" : "<lastmod>" + lastmod + "</lastmod>") + "</sitemap>";
  }
  return text + "</sitemapindex>";
}

class SourceVisitsTest : public ShardFixture {
 protected:
  // A source that has been greeted and is asked for now.
  void Begin(data::v1::SourceKind kind, const std::string& url,
             absl::Duration interval = absl::Minutes(10)) {
    options_.sources = {Source(kind, url, interval)};
    Open();
    Greet(kSite);
  }
};

TEST_F(SourceVisitsTest, MakesTargetsOfAFeedsItems) {
  Begin(data::v1::SOURCE_KIND_FEED, kFeed);
  Answer(kFeed,
         Http::Page(Rss({"https://news.example/1?utm_medium=rss", "https://other.example/2"})));
  ASSERT_THAT(Targets(), SizeIs(2));
  const data::v1::CrawlTarget target = Targets()[0];
  EXPECT_EQ(target.envelope().id(), base::TargetId("https://news.example/1"));
  EXPECT_EQ(target.envelope().url(), "https://news.example/1");
  EXPECT_EQ(target.envelope().source_id(), "source");
  EXPECT_EQ(target.envelope().origin(), data::v1::ORIGIN_LIVE);
  EXPECT_EQ(base::FromProto(target.envelope().accepted_at()), clock_.Now());
  EXPECT_THAT(target.title(), HasSubstr("About"));
  EXPECT_EQ(log_.Records(log::kCrawlTargets)[1].key, "other.example");
  // They go on to be fetched; the other site at once.
  EXPECT_THAT(Waiting(), ElementsAre("https://other.example/robots.txt"));
  Advance(absl::Seconds(1));
  Answer("https://news.example/1", Http::Page("x"));
  ASSERT_THAT(Pages(), SizeIs(1));
  EXPECT_EQ(Pages()[0].envelope().source_id(), "source");
}

TEST_F(SourceVisitsTest, ComesBackAfterTheIntervalAndTakesOnlyWhatIsNew) {
  Begin(data::v1::SOURCE_KIND_FEED, kFeed);
  HttpResponse first = Http::Page(Rss({"https://other.example/1", "https://other.example/2"}));
  first.etag = "\"1\"";
  Answer(kFeed, std::move(first));
  Answer("https://other.example/robots.txt", Http::Status(404));
  Advance(absl::Minutes(10) - absl::Seconds(1));
  const size_t targets = Targets().size();
  Advance(absl::Seconds(1));
  ASSERT_THAT(Waiting(), ::testing::Contains(kFeed));
  EXPECT_EQ(http_.asked().back().etag, "\"1\"");
  Answer(kFeed, Http::Page(Rss({"https://other.example/3", "https://other.example/2"})));
  ASSERT_EQ(Targets().size(), targets + 1);
  EXPECT_EQ(Targets().back().envelope().url(), "https://other.example/3");
}

TEST_F(SourceVisitsTest, TellsHowASourceDoes) {
  Begin(data::v1::SOURCE_KIND_FEED, kFeed);
  ASSERT_THAT(Health(), SizeIs(1));  // Also before the first visit.
  EXPECT_EQ(Health()[0].url(), kFeed);
  EXPECT_FALSE(Health()[0].has_last_attempt());
  Answer(kFeed, Http::Page(Rss({"https://other.example/1", "https://other.example/2"})));
  Advance(absl::Minutes(10));
  Answer(kFeed, Http::Status(304));
  Advance(absl::Minutes(15));
  Answer(kFeed, Http::Status(500));
  const auto health = Health();
  ASSERT_THAT(health, SizeIs(4));
  EXPECT_EQ(health[1].source_id(), "source");
  EXPECT_EQ(health[1].kind(), data::v1::SOURCE_KIND_FEED);
  EXPECT_EQ(health[1].http_status(), 200U);
  EXPECT_EQ(health[1].items_seen(), 2U);
  EXPECT_EQ(health[1].items_new(), 2U);
  EXPECT_EQ(base::FromProto(health[1].interval()), absl::Minutes(10));
  EXPECT_EQ(health[2].http_status(), 304U);
  EXPECT_EQ(base::FromProto(health[2].interval()), absl::Minutes(15));  // Nothing new: slower.
  EXPECT_EQ(health[3].consecutive_failures(), 1U);
  EXPECT_THAT(health[3].error(), HasSubstr("500"));
  EXPECT_EQ(health[3].last_success().seconds(), health[2].last_success().seconds());
  EXPECT_EQ(base::FromProto(health[3].next_attempt()), clock_.Now() + absl::Minutes(30));
  EXPECT_EQ(log_.Records(log::kSources)[3].key, "source");
  Advance(absl::Minutes(30));
  Answer(kFeed, Http::Status(304));
  EXPECT_EQ(Health().back().consecutive_failures(), 0U);
  EXPECT_EQ(Health().back().error(), "");
}

TEST_F(SourceVisitsTest, VisitsAtAShortIntervalWhereOneIsConfigured) {
  Begin(data::v1::SOURCE_KIND_FEED, kFeed, absl::Seconds(2));
  Answer(kFeed, Http::Page(Rss({"https://other.example/0"})));
  for (int visit = 1; visit <= 5; ++visit) {
    Advance(absl::Seconds(2));
    Answer(kFeed, Http::Page(Rss({fmt::format("https://other.example/{}", visit)})));
  }
  EXPECT_EQ(Health().back().items_new(), 6U);
}

TEST_F(SourceVisitsTest, TellsThatASourceNamesMoreThanIsTaken) {
  options_.source_items_max = 1;
  Begin(data::v1::SOURCE_KIND_SITEMAP, kMap);
  const std::string map = Urlset({"https://other.example/1", "https://other.example/2"});
  for (const absl::Duration wait : {absl::Minutes(10), absl::Minutes(15)}) {
    Answer(kMap, Http::Page(map));
    EXPECT_THAT(Health().back().error(), HasSubstr("source_items_max")) << wait;
    EXPECT_EQ(Health().back().consecutive_failures(), 0U);
    Advance(wait);
  }
  Answer(kMap, Http::Page(Urlset({"https://other.example/3"})));
  EXPECT_EQ(Health().back().error(), "");
}

TEST_F(SourceVisitsTest, HeedsTtlAndMaxAge) {
  Begin(data::v1::SOURCE_KIND_FEED, kFeed);
  Answer(kFeed, Http::Page(Rss({"https://other.example/1"}, "<ttl>60</ttl>")));
  EXPECT_EQ(base::FromProto(Health().back().interval()), absl::Hours(1));
  Advance(absl::Hours(1));
  HttpResponse aged = Http::Page(Rss({"https://other.example/2"}));
  aged.cache_control = "max-age=7200";
  Answer(kFeed, std::move(aged));
  EXPECT_EQ(base::FromProto(Health().back().interval()), absl::Hours(2));
}

TEST_F(SourceVisitsTest, TakesTheSameBodyForUnchanged) {
  Begin(data::v1::SOURCE_KIND_FEED, kFeed);
  const std::string rss = Rss({"https://other.example/1"});
  Answer(kFeed, Http::Page(rss));
  Advance(absl::Minutes(10));
  Answer(kFeed, Http::Page(rss));
  EXPECT_EQ(Health().back().items_seen(), 1U);
  EXPECT_EQ(base::FromProto(Health().back().interval()), absl::Minutes(15));
}

TEST_F(SourceVisitsTest, NamesAPageOnceThoughTwoSourcesDo) {
  SourceOptions second = Source(data::v1::SOURCE_KIND_FEED, "https://news.example/atom");
  second.id = "second";
  options_.sources = {Source(data::v1::SOURCE_KIND_FEED, kFeed), second};
  Open();
  Greet(kSite);
  for (int i = 0; i < 2; ++i) {
    const std::string asked = Waiting().at(0);
    Answer(asked, Http::Page(Rss({"https://news.example/1"})));
    Advance(absl::Seconds(1));
  }
  EXPECT_THAT(Targets(), SizeIs(1));
}

TEST_F(SourceVisitsTest, NamesAPageAgainThatFailedLongAgo) {
  const std::string page = "https://news.example/1";
  const std::string other = "https://other.example/";
  Begin(data::v1::SOURCE_KIND_FEED, kFeed);
  Answer(kFeed, Http::Page(Rss({page})));
  Advance(absl::Seconds(1));
  Answer(page, Http::Status(404));
  ASSERT_EQ(Reason(page), kHttpError);
  Advance(absl::Minutes(10));
  Answer(kFeed, Http::Page(Rss({page, other + "1"})));
  EXPECT_EQ(Targets().size(), 2U) << "not so soon";
  Advance(options_.failed_memory);
  Greet(kSite);
  Answer(kFeed, Http::Page(Rss({page, other + "1", other + "2"})));
  ASSERT_EQ(Targets().size(), 4U);
  EXPECT_EQ(Targets()[2].envelope().url(), page);
  EXPECT_EQ(Health().back().items_new(), 3U) << "it is no news";
  Advance(absl::Seconds(1));
  Answer(page, Http::Page("x"));
  EXPECT_THAT(Pages(), SizeIs(1));
}

TEST_F(SourceVisitsTest, NamesAPageAgainThatFailedThoughTheListIsTheSame) {
  const std::string page = "https://news.example/1";
  const auto list = [&] {
    HttpResponse response = Http::Page(Rss({page}));
    response.etag = "\"1\"";
    return response;
  };
  Begin(data::v1::SOURCE_KIND_FEED, kFeed);
  Answer(kFeed, list());
  Advance(absl::Seconds(1));
  Answer(page, Http::Status(404));
  Advance(absl::Minutes(10));
  Answer(kFeed, Http::Status(304));
  Advance(options_.failed_memory);
  Greet(kSite);
  EXPECT_EQ(http_.asked().back().etag, "\"1\"");
  Answer(kFeed, Http::Status(304));
  EXPECT_EQ(Targets().size(), 1U);
  Advance(options_.source_interval_max);
  Greet(kSite);
  EXPECT_EQ(http_.asked().back().etag, "");
  Answer(kFeed, list());
  EXPECT_EQ(Targets().size(), 2U);
  Advance(absl::Seconds(1));
  Answer(page, Http::Page("x"));
  EXPECT_THAT(Pages(), SizeIs(1));
  Advance(absl::Hours(1));
  EXPECT_EQ(http_.asked().back().etag, "\"1\"") << "read of late";
}

TEST_F(SourceVisitsTest, KeepsKnowingAPageAsLongAsItIsNamed) {
  const std::string page = "https://news.example/1";
  options_.revisits.clear();
  options_.url_memory = absl::Hours(36);
  Begin(data::v1::SOURCE_KIND_FEED, kFeed);
  Answer(kFeed, Http::Page(Rss({page})));
  Advance(absl::Seconds(1));
  Answer(page, Http::Page("x"));
  const auto known_at = [&] {
    for (const auto& [key, value] : log_.Dump().rows) {
      state::v1::FetchUrlRow row;
      if (key.find("/url ") == std::string::npos || !row.ParseFromString(value)) continue;
      if (row.state() == state::v1::URL_STATE_FETCHED) return base::FromProto(row.known_at());
    }
    return absl::InfinitePast();
  };
  const absl::Time fetched_at = clock_.Now();
  EXPECT_EQ(known_at(), fetched_at);
  Advance(absl::Minutes(10));
  Answer(kFeed, Http::Page(Rss({page, "https://other.example/1"})));
  EXPECT_EQ(known_at(), fetched_at) << "the row is hardly older";
  Advance(absl::Hours(24));
  Greet(kSite);
  Answer(kFeed, Http::Page(Rss({page, "https://other.example/2"})));
  EXPECT_EQ(known_at(), clock_.Now());
}

TEST_F(SourceVisitsTest, ReadsTheNewestPartsOfASitemapIndex) {
  options_.sitemaps_max = 2;
  Begin(data::v1::SOURCE_KIND_SITEMAP, kMap);
  Answer(kMap, Http::Page(Index({{"https://news.example/old.xml", "2020-01-01"},
                                 {"https://news.example/b.xml", "2026-01-04"},
                                 {"https://news.example/a.xml", "2026-01-05"}})));
  Advance(absl::Seconds(1));
  Answer("https://news.example/a.xml", Http::Page(Urlset({"https://other.example/1"})));
  EXPECT_THAT(Targets(), SizeIs(1));
  // In the middle of a visit.
  Restart();
  Advance(absl::Seconds(1));
  EXPECT_THAT(Waiting(), ::testing::Contains("https://news.example/b.xml"));
  Answer("https://news.example/b.xml",
         Http::Page(Urlset({"https://other.example/1", "https://other.example/2"})));
  EXPECT_EQ(Health().back().items_seen(), 3U);
  EXPECT_EQ(Health().back().items_new(), 2U);
  EXPECT_THAT(Targets(), SizeIs(2));

  // The next visit: the index anew, and of its parts only what may have changed.
  Advance(absl::Hours(24 * 4));
  Greet(kSite);
  EXPECT_EQ(http_.asked().back().etag, "");
  Answer(kMap, Http::Page(Index({{"https://news.example/b.xml", "2026-01-02"},
                                 {"https://news.example/c.xml", "2026-01-09"}})));
  Advance(absl::Seconds(1));
  EXPECT_THAT(Waiting(), ::testing::Not(::testing::Contains("https://news.example/b.xml")));
  Answer("https://news.example/c.xml",
         Http::Page(Urlset({"https://other.example/2", "https://other.example/3"})));
  EXPECT_THAT(Targets(), SizeIs(3));
}

TEST_F(SourceVisitsTest, GoesOnWhereAPartFails) {
  Begin(data::v1::SOURCE_KIND_SITEMAP, kMap);
  Answer(
      kMap,
      Http::Page(Index({{"https://news.example/a.xml", ""}, {"https://news.example/b.xml", ""}})));
  Advance(absl::Seconds(1));
  Answer("https://news.example/a.xml", Http::Status(404));
  Advance(absl::Seconds(1));
  Answer("https://news.example/b.xml", Http::Page(Urlset({"https://other.example/1"})));
  EXPECT_THAT(Targets(), SizeIs(1));
  EXPECT_EQ(Health().back().consecutive_failures(), 0U);
  EXPECT_THAT(Health().back().error(), HasSubstr("a.xml"));
}

TEST_F(SourceVisitsTest, AsksForAPartThatFailedOnceMore) {
  const std::string a = "https://news.example/a.xml";
  const std::string b = "https://news.example/b.xml";
  Begin(data::v1::SOURCE_KIND_SITEMAP, kMap);
  Answer(kMap, Http::Page(Index({{a, "2026-01-05"}, {b, "2026-01-04"}})));
  Advance(absl::Seconds(1));
  Answer(a, Http::Error(HttpError::kTimeout));
  Advance(absl::Seconds(1));
  Answer(b, Http::Page(Urlset({"https://other.example/1"})));
  Advance(absl::Seconds(1));
  EXPECT_THAT(Waiting(), ::testing::Contains(a));
  Answer(a, Http::Page(Urlset({"https://other.example/2"})));
  EXPECT_THAT(Targets(), SizeIs(2));
  EXPECT_EQ(Health().back().error(), "");
}

TEST_F(SourceVisitsTest, ReadsAPartThatFailedInALaterVisitThoughItIsAsOld) {
  const std::string a = "https://news.example/a.xml";
  const std::string index = Index({{a, "2026-01-02"}});
  Begin(data::v1::SOURCE_KIND_SITEMAP, kMap);
  Answer(kMap, Http::Page(index));
  for (int attempt = 0; attempt < 2; ++attempt) {
    Advance(absl::Minutes(5));
    Answer(a, Http::Status(500));
  }
  EXPECT_THAT(Health().back().error(), HasSubstr("a.xml"));
  for (int visit = 0; visit < 2; ++visit) {
    Advance(absl::Hours(24 * 4));  // `a` is older than what may have changed since the last visit.
    Greet(kSite);
    Answer(kMap, Http::Page(index));
    Advance(absl::Seconds(1));
    if (visit > 0) break;
    Answer(a, Http::Page(Urlset({"https://news.example/1"})));
    EXPECT_THAT(Targets(), SizeIs(1));
  }
  EXPECT_THAT(Waiting(), ::testing::Not(::testing::Contains(a))) << "it was read";
}

TEST_F(SourceVisitsTest, PassesAPageOfItsOwnOnWhenItChanges) {
  Begin(data::v1::SOURCE_KIND_PAGE, kFront);
  Answer(kFront, Http::Page("one"));
  ASSERT_THAT(Pages(), SizeIs(1));
  EXPECT_EQ(Pages()[0].envelope().source_id(), "source");
  EXPECT_EQ(Pages()[0].envelope().id(), base::CaptureId(kFront, base::HashBytes("one")));
  EXPECT_EQ(Pages()[0].envelope().trail_size(), 1);
  Advance(absl::Minutes(10));
  Answer(kFront, Http::Page("one"));
  EXPECT_THAT(Pages(), SizeIs(1));
  Advance(absl::Minutes(15));
  Answer(kFront, Http::Page("two"));
  EXPECT_THAT(Pages(), SizeIs(2));
  Advance(absl::Minutes(10));
  Answer(kFront, Http::Page("x", "image/png"));
  EXPECT_THAT(Health().back().error(), HasSubstr("image/png"));
}

TEST_F(SourceVisitsTest, FollowsASourceThatHasMovedAnywhere) {
  Begin(data::v1::SOURCE_KIND_FEED, kFeed);
  Answer(kFeed, Http::Status(301, "https://feeds.example/news"));
  Greet("https://feeds.example");
  Answer("https://feeds.example/news", Http::Page(Rss({"/1"})));
  ASSERT_THAT(Targets(), SizeIs(1));
  EXPECT_EQ(Targets()[0].envelope().url(),
            "https://feeds.example/1");  // Relative to where it was found.
  EXPECT_EQ(Health().back().url(), kFeed);
}

TEST_F(SourceVisitsTest, SaysWhereAPageOfItsOwnWasFoundAndWhen) {
  Begin(data::v1::SOURCE_KIND_PAGE, kFront);
  Answer(kFront, Http::Status(302, "/today"));
  Advance(options_.host_interval);
  const std::string found = "https://news.example/today";
  Answer(found, Http::Page("one"));
  ASSERT_THAT(Pages(), SizeIs(1));
  const data::v1::Envelope envelope = Pages()[0].envelope();
  EXPECT_EQ(envelope.url(), found);
  EXPECT_EQ(envelope.requested_url(), kFront);
  EXPECT_EQ(envelope.id(), base::CaptureId(found, base::HashBytes("one")));
  EXPECT_EQ(envelope.origin(), data::v1::ORIGIN_LIVE);
  EXPECT_EQ(base::FromProto(envelope.accepted_at()), clock_.Now());
  EXPECT_THAT(fakes::FetchShard::Outcomes(log_), ::testing::Not(IsEmpty())) << "that it came";
}

TEST_F(SourceVisitsTest, AsksOnConditionAndForNoMoreThanItsKindMayHave) {
  for (const auto kind :
       {data::v1::SOURCE_KIND_FEED, data::v1::SOURCE_KIND_PAGE, data::v1::SOURCE_KIND_SECTION}) {
    const std::string url = fmt::format("https://news.example/{}", static_cast<int>(kind));
    options_.sources.push_back(Source(kind, url));
    options_.sources.back().id = fmt::format("{}", static_cast<int>(kind));
  }
  Open();
  Greet(kSite);
  for (int visit = 0; visit < 2; ++visit) {
    for (size_t i = 0; i < options_.sources.size(); ++i) {
      ASSERT_THAT(Waiting(), SizeIs(1));
      const HttpRequest asked = http_.asked().back();
      const bool page = asked.url.ends_with(std::to_string(data::v1::SOURCE_KIND_PAGE));
      EXPECT_EQ(asked.pages_only, !asked.url.ends_with(std::to_string(data::v1::SOURCE_KIND_FEED)));
      EXPECT_EQ(asked.body_bytes_max, page ? options_.body_bytes_max : options_.source_bytes_max);
      EXPECT_EQ(asked.stored_bytes_max < options_.source_bytes_max, page);
      EXPECT_EQ(asked.last_modified, visit == 0 ? "" : "yesterday") << asked.url;
      HttpResponse response = visit == 1 ? Http::Status(304)
                              : page || asked.pages_only
                                  ? Http::Page("<a href='/a-story-of-four-words'>x</a>")
                                  : Http::Page(Rss({}));
      response.last_modified = "yesterday";
      Answer(asked.url, std::move(response));
      Advance(options_.host_interval);
    }
    Advance(absl::Minutes(10));
    while (!Waiting().empty() && Waiting()[0].ends_with("words")) {
      Answer(Waiting()[0], Http::Status(404));
      Advance(options_.host_interval);
    }
  }
}

TEST_F(SourceVisitsTest, FindsLoopsAndBoundsTheRedirectsOfASource) {
  options_.redirects_max = 2;
  Begin(data::v1::SOURCE_KIND_FEED, kFeed);
  Answer(kFeed, Http::Status(302, "/a"));
  Advance(options_.host_interval);
  Answer("https://news.example/a", Http::Status(302, "/a"));
  EXPECT_THAT(Health().back().error(), HasSubstr("loop, to https://news.example/a"));
  const auto walk = [this](std::string_view last) {
    for (const auto& [path, target] :
         {std::pair<std::string, std::string_view>{"/rss", "/a"}, {"/a", "/b"}, {"/b", last}}) {
      Answer(std::string(kSite) + path, Http::Status(302, std::string(target)));
      Advance(options_.host_interval);
    }
  };
  clock_.Set(base::FromProto(Health().back().next_attempt()));
  Run();
  walk("/a");
  EXPECT_THAT(Health().back().error(), HasSubstr("loop, to https://news.example/a"));
  clock_.Set(base::FromProto(Health().back().next_attempt()));
  Run();
  walk("/c");
  EXPECT_THAT(Health().back().error(),
              HasSubstr("more than 2 redirects, the last to https://news.example/c"));
  EXPECT_THAT(Waiting(), IsEmpty());
}

TEST_F(SourceVisitsTest, HandsOnTheDateAndLanguageOfAnItem) {
  Begin(data::v1::SOURCE_KIND_FEED, kFeed);
  Answer(kFeed, Http::Page("<rss><channel><language>fr</language><item><link>/1</link><pubDate>"
                           "Thu, 01 Jan 2026 19:48:21 GMT</pubDate></item></channel></rss>"));
  ASSERT_THAT(Targets(), SizeIs(1));
  EXPECT_EQ(Targets()[0].language(), "fr");
  EXPECT_EQ(absl::FormatTime(base::FromProto(Targets()[0].published()), absl::UTCTimeZone()),
            "2026-01-01T19:48:21+00:00");
}

TEST_F(SourceVisitsTest, FailsForEveryReason) {
  struct Case {
    HttpResponse response;
    std::string error;
  };
  Begin(data::v1::SOURCE_KIND_FEED, kFeed);
  std::vector<Case> cases;
  cases.push_back({Http::Status(404), "404"});
  cases.push_back({Http::Error(HttpError::kTimeout), "as the test wants it"});
  cases.push_back({Http::Page("<html>no feed"), ""});
  cases.push_back({Http::Status(302, "/rss"), "loop"});
  cases.push_back({Http::Status(302, "mailto:a@b.example"), "mailto"});
  uint32_t failures = 0;
  for (Case& c : cases) {
    Answer(kFeed, std::move(c.response));
    EXPECT_EQ(Health().back().consecutive_failures(), ++failures);
    EXPECT_THAT(Health().back().error(), HasSubstr(c.error));
    EXPECT_NE(Health().back().error(), "");
    clock_.Set(base::FromProto(Health().back().next_attempt()));
    Run();
  }
}

TEST_F(SourceVisitsTest, CutsAnErrorBetweenCharacters) {
  Begin(data::v1::SOURCE_KIND_FEED, kFeed);
  for (const std::string shift : {"", "x"}) {  // One of them would be cut within a character.
    std::string location = "mailto:" + shift;
    for (int i = 0; i < 300; ++i) location += "\xC3\xA9";
    Answer(kFeed, Http::Status(302, location));
    EXPECT_GE(Health().back().error().size(), 511U);
    EXPECT_LE(Health().back().error().size(), 512U);
    clock_.Set(base::FromProto(Health().back().next_attempt()));
    Run();
  }
}

TEST_F(SourceVisitsTest, FailsWhereRobotsForbidsIt) {
  options_.sources = {Source(data::v1::SOURCE_KIND_FEED, kFeed)};
  Open();
  Greet(kSite, "User-agent: *\nDisallow: /rss\n");
  EXPECT_THAT(Waiting(), IsEmpty());
  EXPECT_THAT(Health().back().error(), HasSubstr("disallows /rss"));
  EXPECT_GT(base::FromProto(Health().back().next_attempt()), clock_.Now());
}

TEST_F(SourceVisitsTest, TriesAgainAtOnceWhenOurOwnRoomWasShort) {
  Begin(data::v1::SOURCE_KIND_FEED, kFeed);
  Answer(kFeed, Http::Error(HttpError::kOverloaded));
  Advance(absl::Seconds(1));
  EXPECT_THAT(Waiting(), ElementsAre(kFeed));
  EXPECT_EQ(Health().back().consecutive_failures(), 0U);
}

TEST_F(SourceVisitsTest, RemembersItsPlanOverARestart) {
  Begin(data::v1::SOURCE_KIND_FEED, kFeed);
  Answer(kFeed, Http::Page(Rss({"https://other.example/1"})));
  Answer("https://other.example/robots.txt", Http::Status(404));
  Restart();
  Advance(absl::Minutes(9));
  EXPECT_THAT(Waiting(), ElementsAre("https://other.example/1"));
  Advance(absl::Minutes(1));
  EXPECT_THAT(Waiting(), ::testing::Contains(kFeed));
  Answer(kFeed, Http::Page(Rss({"https://other.example/1"})));
  EXPECT_THAT(Targets(), SizeIs(1));
}

TEST_F(SourceVisitsTest, HeedsANewIntervalAfterARestart) {
  Begin(data::v1::SOURCE_KIND_FEED, kFeed, absl::Hours(10));
  Answer(kFeed, Http::Page(Rss({"https://other.example/1"})));
  options_.sources[0].interval = absl::Minutes(5);
  Restart();
  Advance(absl::Minutes(5) - absl::Seconds(1));
  EXPECT_THAT(Waiting(), ::testing::Not(::testing::Contains(kFeed))) << "since the last visit";
  Advance(absl::Seconds(1));
  EXPECT_THAT(Waiting(), ::testing::Contains(kFeed));
}

TEST_F(SourceVisitsTest, ForgetsASourceThatIsNotConfiguredAnyMore) {
  Begin(data::v1::SOURCE_KIND_FEED, kFeed);
  Answer(kFeed, Http::Page(Rss({})));
  options_.sources.clear();
  Restart();
  Advance(absl::Hours(24));
  EXPECT_THAT(Waiting(), IsEmpty());
  for (const auto& [key, value] : log_.Dump().rows)
    EXPECT_EQ(key.find("/source "), std::string::npos);
}

TEST_F(SourceVisitsTest, VisitsOnlyWhatFallsToItsShard) {
  for (int i = 0; i < 40; ++i) {
    SourceOptions source =
        Source(data::v1::SOURCE_KIND_FEED, fmt::format("https://site{}.example/rss", i));
    source.id = fmt::format("s{}", i);
    options_.sources.push_back(source);
  }
  size_t visited = 0;
  for (log::Partition shard = 0; shard < 4; ++shard) {
    fakes::MemoryLog log({.keyed_partitions = 4}, clock_);
    Http http;
    fakes::FetchShard one({.options = options_, .shard = shard, .shards = 4}, log, clock_, http);
    ASSERT_TRUE(one.Open().ok());
    ASSERT_TRUE(one.Run().ok());
    for (const std::string& url : http.waiting()) {
      EXPECT_EQ(log::PartitionOf(url::RegistrableDomain(url::Url::Parse(url)->host()), 4), shard);
      ++visited;
    }
  }
  EXPECT_EQ(visited, 40U);
}

}  // namespace
}  // namespace sluice::fetch
