// Sections as sources: what SourceVisits makes of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "pipeline/base/strings.h"
#include "services/fetch/source_visits.h"
#include "tests/unit/fetch/shard_fixture.h"

namespace sluice::fetch {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::string_view kSite = "https://ministry.example";
const std::string kPress = "https://ministry.example/press/";

// A page that lists `stories`, by number, among what every page of the site has.
std::string Listing(const std::vector<int>& stories, const std::string& next = "") {
  std::string html = "<html><body><nav><a href=/>Home</a><a href=/about>About</a></nav><ul>";
  for (const int story : stories) {
    html += fmt::format("<li><a href='/press/2026/{}?utm_source=list'>Story {}</a>", story, story);
  }
  if (!next.empty()) html += fmt::format("</ul><a rel=next href='{}'>Older</a>", next);
  return html;
}

std::vector<int> Range(int from, int to) {
  std::vector<int> numbers;
  for (int i = from; i < to; ++i) numbers.push_back(i);
  return numbers;
}

class SectionVisitsTest : public ShardFixture {
 protected:
  // A section that has been greeted and is asked for now.
  void Begin(std::string_view pattern = "/press/20*/*", uint32_t pages_max = 1) {
    SourceOptions source = Source(data::v1::SOURCE_KIND_SECTION, kPress);
    if (!pattern.empty()) source.rules.links.push_back(*LinkPattern::Parse(pattern));
    source.pages_max = pages_max;
    options_.sources = {source};
    Open();
    Greet(kSite);
  }

  std::string Story(int number) const { return fmt::format("{}/press/2026/{}", kSite, number); }

  // Until the next visit, answering for stories on the way.
  void ReachNextVisit() {
    const absl::Time next = base::FromProto(Health().back().next_attempt());
    while (true) {
      for (const std::string& url : Waiting()) {
        if (url == kPress) return;
        Answer(url, url.ends_with("robots.txt") ? Http::Status(404) : Http::Page("story " + url));
      }
      clock_.Advance(absl::Seconds(1));
      Run();
      ASSERT_LE(clock_.Now(), next + absl::Hours(1));
    }
  }
};

TEST_F(SectionVisitsTest, MakesTargetsOfTheStoriesThatItLists) {
  Begin();
  Answer(kPress, Http::Page(Listing({3, 2, 1, 3})));
  ASSERT_THAT(Targets(), SizeIs(3));
  const data::v1::CrawlTarget target = Targets()[0];
  EXPECT_EQ(target.envelope().url(), Story(3));
  EXPECT_EQ(target.envelope().id(), base::TargetId(Story(3)));
  EXPECT_EQ(target.envelope().source_id(), "source");
  EXPECT_EQ(target.envelope().origin(), data::v1::ORIGIN_LIVE);
  EXPECT_EQ(target.title(), "") << "a story says its own title";
  EXPECT_FALSE(target.has_published());
  EXPECT_THAT(Pages(), IsEmpty()) << "the list is no page of the feed";
  EXPECT_EQ(Health().back().kind(), data::v1::SOURCE_KIND_SECTION);
  EXPECT_EQ(Health().back().items_seen(), 3U);
  EXPECT_EQ(Health().back().items_new(), 3U);
  Advance(absl::Seconds(1));
  Answer(Story(3), Http::Page("x"));
  ASSERT_THAT(Pages(), SizeIs(1));
  EXPECT_EQ(Pages()[0].envelope().source_id(), "source");
}

TEST_F(SectionVisitsTest, AsksOnConditionAndNamesOnlyWhatIsNew) {
  Begin();
  HttpResponse first = Http::Page(Listing({2, 1}));
  first.etag = "\"1\"";
  Answer(kPress, std::move(first));
  ReachNextVisit();
  EXPECT_EQ(http_.asked().back().etag, "\"1\"");
  Answer(kPress, Http::Status(304));
  EXPECT_THAT(Targets(), SizeIs(2));
  ReachNextVisit();
  Answer(kPress, Http::Page(Listing({3, 2, 1})));
  ASSERT_THAT(Targets(), SizeIs(3));
  EXPECT_EQ(Targets().back().envelope().url(), Story(3));
}

TEST_F(SectionVisitsTest, AsksForPagesAlone) {
  Begin();
  EXPECT_TRUE(http_.asked().back().pages_only);
  EXPECT_EQ(http_.asked().back().body_bytes_max, options_.source_bytes_max);
  Answer(kPress, Http::Page("%PDF", "application/pdf"));
  EXPECT_THAT(Health().back().error(), HasSubstr("no page but application/pdf"));
}

TEST_F(SectionVisitsTest, TakesWhatLooksLikeAStoryWhereNoPatternIsGiven) {
  Begin("");
  Answer(kPress, Http::Page("<a href=/about><a href=/press/minister-opens-a-new-clinic>"));
  ASSERT_THAT(Targets(), SizeIs(1));
  EXPECT_THAT(Targets()[0].envelope().url(), HasSubstr("minister-opens"));
}

TEST_F(SectionVisitsTest, FailsWhereItListsNothing) {
  Begin();
  Answer(kPress, Http::Page(Listing({})));
  EXPECT_EQ(Health().back().consecutive_failures(), 1U);
  EXPECT_THAT(Health().back().error(), HasSubstr("none of its 2 links"));
  EXPECT_THAT(Health().back().error(), HasSubstr("/about"));
  ReachNextVisit();
  Answer(kPress, Http::Page(Listing({1})));
  EXPECT_EQ(Health().back().consecutive_failures(), 0U);
  EXPECT_EQ(Health().back().error(), "");
  EXPECT_THAT(Targets(), SizeIs(1));
}

TEST_F(SectionVisitsTest, NamesAStoryAgainThatFailedLongAgo) {
  Begin();
  Answer(kPress, Http::Page(Listing({1})));
  Advance(absl::Seconds(1));
  Answer(Story(1), Http::Status(404));
  ASSERT_EQ(Reason(Story(1)), kHttpError);
  Advance(options_.failed_memory);
  Greet(kSite);
  Answer(kPress, Http::Page(Listing({2, 1})));
  EXPECT_THAT(Targets(), SizeIs(3));
}

TEST_F(SectionVisitsTest, FollowsASectionThatHasMoved) {
  Begin();
  Answer(kPress, Http::Status(301, "https://www.ministry2.example/news/"));
  Greet("https://www.ministry2.example");
  Answer("https://www.ministry2.example/news/",
         Http::Page("<a href=/press/2026/1><a href=https://ministry.example/press/2026/2>"));
  ASSERT_THAT(Targets(), SizeIs(1)) << "its site is the one where it is";
  EXPECT_EQ(Targets()[0].envelope().url(), "https://www.ministry2.example/press/2026/1");
  EXPECT_EQ(Health().back().url(), kPress);
}

// Of fifty links three are new: of a feed of twenty that would be few.
TEST_F(SectionVisitsTest, PlansItsVisitsAsThoseOfAFeedOfTwenty) {
  Begin();
  Answer(kPress, Http::Page(Listing(Range(0, 50))));
  ReachNextVisit();
  Answer(kPress, Http::Page(Listing(Range(3, 53))));
  EXPECT_EQ(base::FromProto(Health().back().interval()), absl::Minutes(15));
  ReachNextVisit();
  Answer(kPress, Http::Page(Listing(Range(13, 63))));
  EXPECT_EQ(base::FromProto(Health().back().interval()), absl::Minutes(15)) << "half of twenty";
  ReachNextVisit();
  Answer(kPress, Http::Page(Listing(Range(33, 83))));
  EXPECT_EQ(base::FromProto(Health().back().interval()), absl::Minutes(10)) << "all of twenty";
}

TEST_F(SectionVisitsTest, GoesOnToTheNextPageWhereMostIsNew) {
  Begin("/press/20*/*", 3);
  Answer(kPress, Http::Page(Listing({9, 8, 7}, "?page=2")));
  EXPECT_THAT(Waiting(), Not(Contains(kPress + "?page=2"))) << "the host rests";
  Advance(absl::Seconds(1));
  // What stands on every page says nothing about this one.
  Answer(kPress + "?page=2", Http::Page(Listing({9, 8, 7, 6}, "?page=3")));
  Restart();  // In the middle of a visit.
  Advance(absl::Seconds(1));
  Answer(kPress + "?page=3", Http::Page(Listing({5}, "?page=4")));
  ReachNextVisit();
  EXPECT_THAT(Waiting(), Not(Contains(kPress + "?page=4"))) << "three were allowed";
  EXPECT_THAT(Targets(), SizeIs(5));
  EXPECT_EQ(Health().back().items_new(), 5U);
  Answer(kPress, Http::Page(Listing({10, 9, 8}, "?page=2")));
  EXPECT_EQ(Health().back().items_new(), 6U) << "most was known, so the visit is over";
}

TEST_F(SectionVisitsTest, GoesOnThoughOthersHaveNamedWhatItListsFirst) {
  Begin("/press/20*/*", 2);
  for (const int story : {9, 8}) {
    Submit(Story(story));
  }
  Answer(kPress, Http::Page(Listing({9, 8}, "?page=2")));
  Advance(absl::Seconds(1));
  while (!http_.waiting().empty() && http_.waiting()[0] != kPress + "?page=2") {
    Answer(http_.waiting()[0], Http::Page("x"));
    Advance(absl::Seconds(1));
  }
  Answer(kPress + "?page=2", Http::Page(Listing({7})));
  EXPECT_EQ(Targets().back().envelope().url(), Story(7));
}

TEST_F(SectionVisitsTest, EndsWhereTheNextPagesGoInACircle) {
  Begin("/press/20*/*", 100);
  Answer(kPress, Http::Page(Listing({2, 1}, "?page=2")));
  Advance(absl::Seconds(1));
  Answer(kPress + "?page=2", Http::Page(Listing({2, 1}, kPress)));
  EXPECT_EQ(Health().back().items_seen(), 4U);
  EXPECT_EQ(Health().back().consecutive_failures(), 0U);
}

TEST_F(SectionVisitsTest, KeepsWhatItReadWhereTheNextPageFails) {
  Begin("/press/20*/*", 2);
  Answer(kPress, Http::Page(Listing({2, 1}, "?page=2")));
  Advance(absl::Seconds(1));
  Answer(kPress + "?page=2", Http::Status(404));
  EXPECT_THAT(Targets(), SizeIs(2));
  EXPECT_EQ(Health().back().consecutive_failures(), 0U);
  EXPECT_THAT(Health().back().error(), HasSubstr("?page=2: answered with 404"));
}

TEST_F(SectionVisitsTest, ReadsThePageAnewUnderOtherPatterns) {
  Begin("/news/*");
  HttpResponse listing = Http::Page(Listing({1}));
  Answer(kPress, std::move(listing));
  EXPECT_EQ(Health().back().consecutive_failures(), 1U);
  Restart();
  Advance(absl::Seconds(2));
  EXPECT_THAT(Waiting(), IsEmpty()) << "under the same ones it is not its time";
  options_.sources[0].rules.links = {*LinkPattern::Parse("/about")};
  Restart();
  Advance(absl::Seconds(1));
  HttpResponse about = Http::Page(Listing({1}));
  about.etag = "\"1\"";
  Answer(kPress, std::move(about));
  ASSERT_THAT(Targets(), SizeIs(1));
  options_.sources[0].rules.links = {*LinkPattern::Parse("/press/20*/*")};
  Restart();
  Advance(absl::Seconds(1));
  EXPECT_THAT(Waiting(), Contains(kPress));
  EXPECT_EQ(http_.asked().back().etag, "") << "what has not changed is to be read";
  Answer(kPress, Http::Page(Listing({1})));
  ASSERT_THAT(Targets(), SizeIs(2));
  EXPECT_EQ(Targets()[1].envelope().url(), Story(1));
}

TEST_F(SectionVisitsTest, TellsThatThereIsMoreThanIsTaken) {
  options_.source_items_max = 2;
  Begin();
  Answer(kPress, Http::Page(Listing({3, 2, 1})));
  EXPECT_THAT(Targets(), SizeIs(2));
  EXPECT_THAT(Health().back().error(), HasSubstr("source_items_max"));
}

TEST_F(SectionVisitsTest, HeedsRobots) {
  SourceOptions source = Source(data::v1::SOURCE_KIND_SECTION, kPress);
  options_.sources = {source};
  Open();
  Greet(kSite, "User-agent: *\nDisallow: /press/\n");
  EXPECT_THAT(Waiting(), IsEmpty());
  EXPECT_THAT(Health().back().error(), HasSubstr("disallows /press/"));
}

}  // namespace
}  // namespace sluice::fetch
