#include "services/fetch/section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "pipeline/base/strings.h"

namespace sluice::fetch {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::string_view kUrl = "https://www.ministry.example/press/";

// A page as ministries have them, without a feed.
constexpr std::string_view kPage = R"(<!doctype html><html><head><title>Press</title>
<meta name="viewport" content="width=device-width"></head><body>
<nav><a href="/">Home</a> <a href="/about-us">About</a> <a href="/press">Press</a>
<a href="./">Press</a> <a href="#list">Skip</a></nav>
<ul id="list">
<li><a href="/press/2026/minister-opens-regional-treatment-centre?utm_source=list">Centre</a></li>
<li><a href="2026/report&amp;annex">Report</a> <a href='2026/report&amp;annex#annex'>Annex</a></li>
<li><a href="//www.ministry.example/press/2025/budget/">Budget</a></li>
<li><a href="/press/2025/archive">Older ones</a></li>
<li><a href="https://agency.example/press/2026/copy">Copy</a></li>
<li><a rel="nofollow" href="/press/2026/print">Print</a></li>
</ul><script>document.write('<a href="/press/2026/script">')</script>
<a rel="next" href="?page=2">Older</a> <a href="mailto:press@ministry.example">Mail</a></body>)";

SectionRules Rules(const std::vector<std::string>& links,
                   const std::vector<std::string>& except = {}) {
  SectionRules rules;
  for (const std::string& text : links) rules.links.push_back(*LinkPattern::Parse(text));
  for (const std::string& text : except) rules.except.push_back(*LinkPattern::Parse(text));
  return rules;
}

std::vector<std::string> Urls(const Section& section) {
  std::vector<std::string> urls;
  urls.reserve(section.stories.size());
  for (const url::NormalizedUrl& url : section.stories) urls.push_back(url.text());
  return urls;
}

std::string Complaint(std::string_view html, const SectionRules& rules = {},
                      std::string_view type = "text/html") {
  const auto section = ParseSection(html, kUrl, type, rules, {});
  EXPECT_TRUE(absl::IsInvalidArgument(section.status())) << html;
  return std::string(base::ToStd(section.status().message()));
}

TEST(SectionTest, TakesTheLinksOfItsPatternsEachOnce) {
  const auto section =
      ParseSection(kPage, kUrl, "text/html", Rules({"/press/20*/*"}, {"/press/*/archive"}), {});
  ASSERT_TRUE(section.ok()) << section.status();
  EXPECT_THAT(Urls(*section), ElementsAre("https://www.ministry.example/press/2026/"
                                          "minister-opens-regional-treatment-centre",
                                          "https://www.ministry.example/press/2026/report&annex",
                                          "https://www.ministry.example/press/2025/budget/"));
  EXPECT_EQ(section->stories[0].registrable_domain(), "ministry.example");
  EXPECT_EQ(section->next, "https://www.ministry.example/press/?page=2");
  EXPECT_FALSE(section->truncated);
}

TEST(SectionTest, TakesOtherSitesWhereAPatternNamesThem) {
  const auto section = ParseSection(kPage, kUrl, "text/html", Rules({"//agency.example/**"}), {});
  ASSERT_TRUE(section.ok()) << section.status();
  EXPECT_THAT(Urls(*section), ElementsAre("https://agency.example/press/2026/copy"));
}

TEST(SectionTest, TakesWhatLooksLikeAStoryWithoutPatterns) {
  const auto section = ParseSection(kPage, kUrl, "text/html", {}, {});
  ASSERT_TRUE(section.ok()) << section.status();
  EXPECT_THAT(Urls(*section), ElementsAre("https://www.ministry.example/press/2026/"
                                          "minister-opens-regional-treatment-centre"));
  const auto other = ParseSection(
      "<a href=/news/12345?share=mail><a href=/news/12345?share=print><a href=/news/12345>"
      "<a href=/news/67890><a href=//agency.example/news/12345>",
      kUrl, "text/html", Rules({}, {"/news/6*"}), {});
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_THAT(Urls(*other), ElementsAre("https://www.ministry.example/news/12345?share=mail"))
      << "a story's queries are no other stories";
}

TEST(SectionTest, ResolvesLinksAgainstTheBaseElement) {
  const SectionRules rules = Rules({"/**"});
  const auto read = [&](std::string_view html) {
    const auto section = ParseSection(html, kUrl, "text/html", rules, {});
    EXPECT_TRUE(section.ok()) << section.status();
    return section.ok() ? Urls(*section).at(0) : "";
  };
  EXPECT_EQ(read("<a href=1>"), "https://www.ministry.example/press/1");
  EXPECT_EQ(read("<a href=1><base href=/en/>"), "https://www.ministry.example/en/1");
  EXPECT_EQ(read("<base href=//media.ministry.example><a href=1>"),
            "https://media.ministry.example/1");
  EXPECT_EQ(read("<base href=javascript:1><a href=1>"), "https://www.ministry.example/press/1");
  EXPECT_TRUE(absl::IsInvalidArgument(
      ParseSection("<base href=//other.example/><a href=1>", kUrl, "text/html", rules, {})
          .status()))
      << "the site is that of the page";
}

TEST(SectionTest, GoesOnOnlyOnItsOwnSite) {
  const SectionRules rules = Rules({"/**"});
  const auto next = [&](std::string_view href) {
    const auto section = ParseSection(fmt::format("<a href=/1><link rel=next href='{}'>", href),
                                      kUrl, "", rules, {});
    EXPECT_TRUE(section.ok()) << section.status();
    return section.ok() ? section->next : "";
  };
  EXPECT_EQ(next("?page=2#list"), "https://www.ministry.example/press/?page=2");
  EXPECT_EQ(next("https://archive.ministry.example/"), "https://archive.ministry.example/");
  EXPECT_EQ(next("https://other.example/"), "");
  EXPECT_EQ(next("#"), "");
  EXPECT_EQ(next("mailto:a@ministry.example"), "");
  EXPECT_EQ(next("https://user@www.ministry.example/2"), "");
}

TEST(SectionTest, SaysWhyThereIsNoStory) {
  EXPECT_THAT(Complaint("<p>Nothing"), HasSubstr("a script may make them"));
  EXPECT_THAT(Complaint("<a href=/press/>self</a>"), HasSubstr("no links"));
  EXPECT_THAT(Complaint("<a href=/press/2026/story-of-the-day>", Rules({"/news/*"})),
              AllOf(HasSubstr("none of its 1 links is matched"),
                    HasSubstr("there are /press/2026/story-of-the-day")));
  EXPECT_THAT(
      Complaint("<a href=/about><a href=/a><a href=/legal/imprint><a href=/press/office>"),
      AllOf(HasSubstr("none of its 4 links looks like a story; give `links`, such as links: "
                      "[\"/press/20*/*\"]"),
            HasSubstr("/legal/imprint, /press/office, /about"), Not(HasSubstr("/a,"))));
  EXPECT_THAT(Complaint("<a href=https://other.example/1>"),
              HasSubstr("none leads to its own site"));
  EXPECT_THAT(Complaint("<a rel=nofollow href=/1>"), HasSubstr("all of its 1 links say nofollow"));
  EXPECT_THAT(Complaint("<meta name=robots content=nofollow><a href=/12345>"),
              HasSubstr("asks crawlers not to follow"));
  EXPECT_THAT(Complaint("", {}, "application/pdf"), HasSubstr("no page but application/pdf"));
}

TEST(SectionTest, HoldsItsLimits) {
  std::string html;
  for (int i = 0; i < 100; ++i) html += fmt::format("<a href=/{}>", 100'000 + i);
  const auto few = ParseSection(html, kUrl, "", {}, {.stories_max = 10});
  ASSERT_TRUE(few.ok()) << few.status();
  EXPECT_THAT(few->stories, SizeIs(10));
  EXPECT_TRUE(few->truncated);
  const auto looked_at = ParseSection(html, kUrl, "", {}, {.links_max = 20});
  EXPECT_THAT(looked_at->stories, SizeIs(20));
  EXPECT_TRUE(looked_at->truncated);
  EXPECT_FALSE(ParseSection(html, kUrl, "", {}, {.stories_max = 100})->truncated);
  EXPECT_FALSE(ParseSection(html, kUrl, "", {}, {.bytes_max = 100}).ok());
}

// Each short link would become as long as the base.
TEST(SectionTest, BoundsWhatALongBaseMakesOfShortLinks) {
  std::string html = "<base href='/" + std::string(8'000, 'x') + "/'>";
  for (int i = 0; i < 9'000; ++i) html += fmt::format("<a href={}>", 100'000 + i);
  const auto begin = std::chrono::steady_clock::now();
  const auto section =
      ParseSection(html, kUrl, "text/html", Rules({"/**/*a*", "/*/*"}), {.bytes_max = 1 << 20});
  ASSERT_TRUE(section.ok()) << section.status();
  EXPECT_TRUE(section->truncated);
  EXPECT_LE(section->stories.size() * 8'000, 1U << 20);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

}  // namespace
}  // namespace sluice::fetch
