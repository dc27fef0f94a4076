#include "services/fetch/robots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::fetch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

bool Allows(const Robots& robots, std::string_view path) {
  return robots.Allows(*url::Url::Parse("https://site.example" + std::string(path)));
}

bool Allows(std::string_view text, std::string_view path) {
  return Allows(Robots::Parse(text, "Sluice"), path);
}

TEST(RobotsTest, AllowsEverythingWithoutRules) {
  EXPECT_TRUE(Allows("", "/x"));
  EXPECT_TRUE(Allows("User-agent: *\nDisallow:\n", "/x"));
  EXPECT_TRUE(Allows("<html><body>not found</body></html>", "/x"));
}

TEST(RobotsTest, PrefersGroupsThatNameTheCrawlerOverEveryonesGroup) {
  constexpr std::string_view kText =
      "User-agent: *\nDisallow: /\n\nUser-agent: sluice/1.0\nDisallow: /no\n";
  EXPECT_TRUE(Allows(kText, "/yes"));
  EXPECT_FALSE(Allows(kText, "/no"));
  EXPECT_FALSE(Allows(Robots::Parse(kText, "other"), "/yes"));
}

TEST(RobotsTest, ComparesAgentsWholeAndWithoutCase) {
  EXPECT_FALSE(Allows("User-agent: SLUICE\nDisallow: /", "/x"));
  EXPECT_TRUE(Allows("User-agent: sluicebot\nDisallow: /", "/x"));
  EXPECT_TRUE(Allows("User-agent: slu\nDisallow: /", "/x"));
  EXPECT_TRUE(Allows("User-agent: sluice-news\nDisallow: /", "/x"));
  EXPECT_TRUE(Allows("User-agent: sluice_news\nDisallow: /", "/x"));
}

TEST(RobotsTest, MergesAllGroupsOfTheCrawler) {
  constexpr std::string_view kText =
      "User-agent: sluice\nDisallow: /a\n\nUser-agent: b\nDisallow: /b\n\nUser-agent: "
      "Sluice\nDisallow: /c\n";
  EXPECT_FALSE(Allows(kText, "/a"));
  EXPECT_TRUE(Allows(kText, "/b"));
  EXPECT_FALSE(Allows(kText, "/c"));
}

TEST(RobotsTest, LetsOtherRecordsStandInsideOfAGroup) {
  constexpr std::string_view kText =
      "User-agent: sluice\nSitemap: https://a.example/s\nCrawl-delay: 2\nUser-agent: b\nFoo: "
      "bar\nDisallow: /x\n";
  EXPECT_FALSE(Allows(kText, "/x"));
  EXPECT_FALSE(Allows("User-agent: sluice\nDisallow: /a\nUser-agent\nDisallow: /x\n", "/x"))
      << "a line without a colon says nothing";
}

TEST(RobotsTest, PassesOverRulesBeforeAnyGroup) {
  EXPECT_TRUE(Allows("Disallow: /x\nUser-agent: *\nDisallow: /y\n", "/x"));
}

TEST(RobotsTest, LetsTheLongestRuleWinAndAllowOnATie) {
  constexpr std::string_view kText =
      "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\nAllow: /t\nDisallow: /t\n"
      "Disallow: /u\nAllow: /u\nDisallow: /e$\nAllow: /e\nDisallow: /f$\nAllow: /f*\n";
  EXPECT_FALSE(Allows(kText, "/a/x"));
  EXPECT_TRUE(Allows(kText, "/a/b/x"));
  EXPECT_FALSE(Allows(kText, "/a/b/c"));
  EXPECT_TRUE(Allows(kText, "/t"));
  EXPECT_TRUE(Allows(kText, "/u"));
  EXPECT_FALSE(Allows(kText, "/e")) << "the end mark counts";
  EXPECT_TRUE(Allows(kText, "/f")) << "as one character";
}

TEST(RobotsTest, KnowsStarsAndTheEndMark) {
  constexpr std::string_view kText =
      "User-agent: *\nDisallow: /*.gif$\nDisallow: /p*/q*r\nDisallow: /$\nDisallow: /a$b\n";
  EXPECT_FALSE(Allows(kText, "/x/y.gif"));
  EXPECT_TRUE(Allows(kText, "/x/y.gif?z"));
  EXPECT_FALSE(Allows(kText, "/p1/q2r3"));
  EXPECT_TRUE(Allows(kText, "/p1/q2"));
  EXPECT_FALSE(Allows(kText, "/"));
  EXPECT_TRUE(Allows(kText, "/b"));
  EXPECT_TRUE(Allows(kText, "/b/"));
  EXPECT_FALSE(Allows(kText, "/a$b")) << "elsewhere it is itself";
}

TEST(RobotsTest, AnchorsTheLastPieceAtTheEnd) {
  EXPECT_FALSE(Allows("User-agent: *\nDisallow: /*a$", "/aba"));
  EXPECT_TRUE(Allows("User-agent: *\nDisallow: /ab*ba$", "/aba")) << "pieces do not overlap";
}

TEST(RobotsTest, ComparesPercentEncodingByMeaning) {
  EXPECT_FALSE(Allows("User-agent: *\nDisallow: /ツ", "/%E3%83%84"));
  EXPECT_FALSE(Allows("User-agent: *\nDisallow: /%e3%83%84", "/ツ"));
  EXPECT_FALSE(Allows("User-agent: *\nDisallow: /%7ejim", "/~jim"));
  EXPECT_FALSE(Allows("User-agent: *\nDisallow: /a b", "/a%20b"));
  EXPECT_TRUE(Allows("User-agent: *\nDisallow: /a%2Fb", "/a/b")) << "reserved ones differ";
  EXPECT_FALSE(Allows("User-agent: *\nDisallow: /x%2A", "/x*"));
  EXPECT_TRUE(Allows("User-agent: *\nDisallow: /x%2A", "/xy"));
}

TEST(RobotsTest, MatchesTheQueryToo) {
  EXPECT_FALSE(Allows("User-agent: *\nDisallow: /s?q=", "/s?q=1"));
}

TEST(RobotsTest, AlwaysAllowsRobotsTxt) {
  EXPECT_TRUE(Allows("User-agent: *\nDisallow: /", "/robots.txt"));
  EXPECT_TRUE(Allows(Robots::DisallowAll(), "/robots.txt"));
  EXPECT_FALSE(Allows(Robots::DisallowAll(), "/"));
  EXPECT_FALSE(Allows(Robots::DisallowAll(), "/x"));
  EXPECT_TRUE(Allows(Robots::AllowAll(), "/"));
}

TEST(RobotsTest, ReadsEveryLineEndCommentAndByteOrderMark) {
  constexpr std::string_view kText =
      "\xEF\xBB\xBFuser-AGENT : sluice # us\rdisallow:/a #b\r\n\tDisallow:\t/c\t\n";
  EXPECT_FALSE(Allows(kText, "/a"));
  EXPECT_FALSE(Allows(kText, "/c"));
}

TEST(RobotsTest, TakesTheLargestCrawlDelayOfItsGroups) {
  constexpr std::string_view kText =
      "User-agent: *\nCrawl-delay: 9\n\nDisallow: /x\nUser-agent: sluice\nCrawl-delay: "
      "1.5\nDisallow: /y\nCrawl-delay: 0.5\n";
  EXPECT_EQ(Robots::Parse(kText, "sluice").crawl_delay(), absl::Milliseconds(1500));
  EXPECT_EQ(Robots::Parse(kText, "b").crawl_delay(), absl::Seconds(9));
  EXPECT_EQ(Robots::Parse("User-agent: *\nCrawl-delay: 0", "b").crawl_delay(),
            absl::ZeroDuration());
  for (const char* delay : {"x", "-1", "nan", "inf", "1e10", ""}) {
    EXPECT_FALSE(
        Robots::Parse("User-agent: *\nCrawl-delay: " + std::string(delay), "a").crawl_delay())
        << delay;
  }
}

TEST(RobotsTest, ListsAbsoluteSitemapsInOrder) {
  constexpr std::string_view kText =
      "Sitemap: https://b.example/s.xml\nUser-agent: x\nsitemap:http://a.example/\nSitemap: "
      "/relative\nSitemap: ftp://a/\n";
  EXPECT_THAT(Robots::Parse(kText, "sluice").sitemaps(),
              ElementsAre("https://b.example/s.xml", "http://a.example/"));
  EXPECT_THAT(Robots::Parse(kText, "sluice", {.sitemaps_max = 0}).sitemaps(), IsEmpty());
}

TEST(RobotsTest, ReadsNoMoreThanTheLimitAndNoLineThatItCuts) {
  constexpr std::string_view kText =
      "User-agent: *\nDisallow: /b\nDisallow: /aaa\nDisallow: /c\nDisallow: /d";
  // The rule for /aaa is cut to /a, which would forbid more than was said.
  const Robots robots = Robots::Parse(kText, "sluice", {.bytes_max = kText.find("aa\n")});
  EXPECT_FALSE(Allows(robots, "/b"));
  EXPECT_TRUE(Allows(robots, "/a"));
  EXPECT_TRUE(Allows(robots, "/c"));
  EXPECT_FALSE(Allows(Robots::Parse(kText, "sluice", {.bytes_max = kText.size()}), "/d"));
}

}  // namespace
}  // namespace sluice::fetch
