#include "services/fetch/link_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "pipeline/base/strings.h"

namespace sluice::fetch {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kSite = "ministry.example";

bool Matches(std::string_view pattern, std::string_view url) {
  const auto parsed = LinkPattern::Parse(pattern);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  const auto normalized = url::NormalizedUrl::Parse(
      url.starts_with('/') ? "https://www.ministry.example" + std::string(url) : std::string(url));
  EXPECT_TRUE(normalized.ok()) << url;
  return parsed->Matches(*normalized, kSite);
}

std::string Complaint(std::string_view pattern) {
  const auto parsed = LinkPattern::Parse(pattern);
  EXPECT_TRUE(absl::IsInvalidArgument(parsed.status())) << pattern;
  return std::string(base::ToStd(parsed.status().message()));
}

TEST(LinkPatternTest, TakesAStarForAPartOfAName) {
  EXPECT_TRUE(Matches("/press/20*/*", "/press/2026/a-story"));
  EXPECT_TRUE(Matches("/press/20*/*", "/press/20/x"));
  EXPECT_FALSE(Matches("/press/20*/*", "/press/2026"));
  EXPECT_FALSE(Matches("/press/20*/*", "/press/2026/11/a-story"));
  EXPECT_FALSE(Matches("/press/20*/*", "/press/archive/a-story"));
  EXPECT_FALSE(Matches("/press/20*/*", "/en/press/2026/a-story"));
  EXPECT_TRUE(Matches("/news/*-2*.html", "/news/a-1-22.html"));
  EXPECT_FALSE(Matches("/news/*-2*.html", "/news/a-1-3.html"));
  EXPECT_TRUE(Matches("/a*b*c", "/abbcbc"));
  EXPECT_TRUE(Matches("/*", "/a"));
  EXPECT_FALSE(Matches("/*", "/")) << "the front page";
  EXPECT_TRUE(Matches("/", "/"));
}

TEST(LinkPatternTest, TakesTwoStarsForAnyNames) {
  EXPECT_TRUE(Matches("/press/**", "/press/2026/11/a-story"));
  EXPECT_TRUE(Matches("/press/**", "/press/a-story"));
  EXPECT_FALSE(Matches("/press/**", "/press")) << "at the end at least one";
  EXPECT_FALSE(Matches("/press/**", "/press/"));
  EXPECT_FALSE(Matches("/**", "/"));
  EXPECT_TRUE(Matches("/**", "/a/b"));
  EXPECT_TRUE(Matches("/**/press/*", "/press/1"));
  EXPECT_TRUE(Matches("/**/press/*", "/a/b/press/1"));
  EXPECT_TRUE(Matches("/**/press/*", "/press/press/press/1"));
  EXPECT_FALSE(Matches("/**/press/*", "/a/press/1/2"));
  EXPECT_TRUE(Matches("/**/*.html", "/a/b/c.html"));
  EXPECT_TRUE(Matches("/**/a/**/b", "/a/x/a/y/b"));
  EXPECT_FALSE(Matches("/**/a/**/b", "/a/x/a/y/c"));
}

TEST(LinkPatternTest, LooksAtTheQueryWhereThereIsAQuestionMark) {
  EXPECT_TRUE(Matches("/news?id=*", "/news?id=17"));
  EXPECT_TRUE(Matches("/news?id=*", "/news?id=17/3&utm_source=x"));
  EXPECT_FALSE(Matches("/news?id=*", "/news"));
  EXPECT_FALSE(Matches("/news?id=*", "/news?page=2"));
  EXPECT_FALSE(Matches("/press/*", "/press/a-story?share=mail")) << "it has none";
  EXPECT_TRUE(Matches("/press/*", "/press/a-story?utm_source=front"));
  EXPECT_TRUE(Matches("/press/*?*", "/press/a-story?share=mail"));
}

TEST(LinkPatternTest, DoesNotMindAFinalSlashNorTheSpelling) {
  EXPECT_TRUE(Matches("/press/*", "/press/a-story/"));
  EXPECT_TRUE(Matches("/press/*/", "/press/a-story"));
  EXPECT_TRUE(Matches("/noticias/pol\xC3\xADtica/*", "/noticias/pol%C3%ADtica/1"));
  EXPECT_TRUE(Matches("/noticias/pol%c3%adtica/*", "/noticias/pol\xC3\xADtica/1"));
  EXPECT_TRUE(Matches("/%7Eoffice/*", "/~office/1"));
  EXPECT_FALSE(Matches("/Press/*", "/press/1"));
}

TEST(LinkPatternTest, StaysOnTheOwnSiteUnlessItNamesAHost) {
  EXPECT_TRUE(Matches("/press/*", "http://news.ministry.example/press/1"));
  EXPECT_FALSE(Matches("/press/*", "https://other.example/press/1"));
  EXPECT_TRUE(Matches("//other.example/press/*", "https://other.example/press/1"));
  EXPECT_TRUE(Matches("https://OTHER.example/press/*", "http://other.example/press/1"));
  EXPECT_FALSE(Matches("//other.example/press/*", "https://www.other.example/press/1"));
  EXPECT_FALSE(Matches("//other.example/press/*", "/press/1"));
  EXPECT_FALSE(Matches("//other.example/press/*", "https://other.example:8080/press/1"));
  EXPECT_TRUE(Matches("//other.example:8080/press/*", "https://other.example:8080/press/1"));
  EXPECT_TRUE(Matches("//*.other.example/**", "https://a.b.other.example/1"));
  EXPECT_FALSE(Matches("//*.other.example/**", "https://other.example/1"));
  EXPECT_FALSE(Matches("//*.other.example/**", "https://another.example/1"));
}

TEST(LinkPatternTest, SaysWhatIsWrongAndHowItIsWritten) {
  EXPECT_THAT(Complaint(""), HasSubstr("'' is empty; write patterns as \"/press/20*/*\""));
  EXPECT_THAT(Complaint("press/*"), HasSubstr("'press/*' does not begin with / or //"));
  EXPECT_THAT(Complaint("*"), HasSubstr("does not begin with"));
  EXPECT_THAT(Complaint("/a/*, /b/*"), HasSubstr("give several patterns as a list"));
  EXPECT_THAT(Complaint("/a#b"), HasSubstr("fragment"));
  EXPECT_THAT(Complaint("/a**/b"), HasSubstr("whole parts: /**/"));
  EXPECT_THAT(Complaint("//news.example"), HasSubstr("without a path"));
  EXPECT_THAT(Complaint("///a"), HasSubstr("names no host"));
  EXPECT_THAT(Complaint("//*/a"), HasSubstr("names no host"));
  EXPECT_THAT(Complaint("//a b/"), HasSubstr("white space"));
  EXPECT_THAT(Complaint("//user@news.example/**"), HasSubstr("names no host"));
  EXPECT_THAT(Complaint("/" + std::string(LinkPattern::kBytesMax, 'x')), HasSubstr("513 bytes"));
}

TEST(LinkPatternTest, StaysQuickWhereManyStarsMeetALongPath) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "/**/*a*b";
  std::string url = "/";
  for (int i = 0; i < 4000; ++i) url += i % 50 == 49 ? "/" : "a";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(Matches(pattern + "/c", url));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace sluice::fetch
