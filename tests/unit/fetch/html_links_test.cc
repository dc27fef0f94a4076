#include "services/fetch/html_links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "services/fetch/character_references.h"

namespace sluice::fetch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(CharacterReferencesTest, DecodesAnAttributesValue) {
  CharacterReferences references;
  EXPECT_EQ(references.Decode("/1?a=1&amp;b=2"), "/1?a=1&b=2");
  EXPECT_EQ(references.Decode("/caf&eacute;"), "/caf\xC3\xA9");
  EXPECT_EQ(references.Decode("&#x2F;a&#47;b&sol;c"), "/a/b/c");
  EXPECT_EQ(references.Decode("plain"), "plain");
  EXPECT_EQ(references.Decode(""), "");
}

TEST(CharacterReferencesTest, LeavesWhatIsNoReferenceInAnAttribute) {
  CharacterReferences references;
  EXPECT_EQ(references.Decode("?a=1&copy=2&reg2=3"), "?a=1&copy=2&reg2=3");
  EXPECT_EQ(references.Decode("?a&b&nosuchname;&"), "?a&b&nosuchname;&");
  EXPECT_EQ(references.Decode("?x=1&amp"), "?x=1&");
}

TEST(CharacterReferencesTest, ReadsAnyQuotes) {
  CharacterReferences references;
  EXPECT_EQ(references.Decode("a'b&amp;c"), "a'b&c");
  EXPECT_EQ(references.Decode("a\"b&amp;c"), "a\"b&c");
  EXPECT_EQ(references.Decode("a\"b'&amp;c"), "a\"b'&c");
  EXPECT_EQ(references.Decode("a>b&amp;c d"), "a>b&c d");
}

TEST(HtmlLinksTest, GathersTheLinksOfAPage) {
  const HtmlLinks links = ParseHtmlLinks(
      "<title>Press</title><base target=_top><base href='/en/'><base href='/fr/'>"
      "<a name=top></a><a href=' one '>1</a><area href='two?a=1&amp;b=2'><a href=''>3</a>"
      "<link rel=stylesheet href=/style.css><!-- <a href=/no> --><template><a href=/no></template>"
      "<a rel='prev' href=/0>",
      "text/html", {});
  EXPECT_THAT(links.hrefs, ElementsAre(" one ", "two?a=1&b=2", "/0"));
  EXPECT_EQ(links.base, "/en/");
  EXPECT_EQ(links.next, "");
  EXPECT_FALSE(links.nofollow_all);
  EXPECT_FALSE(links.truncated);
}

TEST(HtmlLinksTest, FindsThePageThatFollows) {
  EXPECT_EQ(ParseHtmlLinks("<link rel=next href=/2><a rel=next href=/3>", "", {}).next, "/2");
  const HtmlLinks links = ParseHtmlLinks("<a href=/1><a rel='NEXT nofollow' href=/2>", "", {});
  EXPECT_EQ(links.next, "") << "nobody is to follow it";
  const HtmlLinks anchor = ParseHtmlLinks("<a href=/1><a rel='pager Next' href=/2>", "", {});
  EXPECT_EQ(anchor.next, "/2");
  EXPECT_THAT(anchor.hrefs, ElementsAre("/1"));
}

TEST(HtmlLinksTest, LeavesOutWhatCrawlersAreNotToFollow) {
  const HtmlLinks links = ParseHtmlLinks(
      "<a rel=nofollow href=/1><a rel='external\tSPONSORED' href=/2><a rel=ugc href=/3>"
      "<a rel=noopener href=/4>",
      "", {});
  EXPECT_THAT(links.hrefs, ElementsAre("/4"));
  EXPECT_EQ(links.nofollow, 3U);
  EXPECT_FALSE(links.nofollow_all);
  EXPECT_TRUE(
      ParseHtmlLinks("<meta name=ROBOTS content='noindex, NoFollow'>", "", {}).nofollow_all);
  EXPECT_TRUE(ParseHtmlLinks("<meta content=none name=sluice>", "", {}).nofollow_all);
  EXPECT_FALSE(ParseHtmlLinks("<meta name=robots content='index, follow'>", "", {}).nofollow_all);
  EXPECT_FALSE(ParseHtmlLinks("<meta name=otherbot content=nofollow>", "", {}).nofollow_all);
}

TEST(HtmlLinksTest, ReadsTheEncodingThatThePageTells) {
  const std::string latin = "<a href='/caf\xE9'>";
  const std::string utf8 = "/caf\xC3\xA9";
  EXPECT_THAT(ParseHtmlLinks(latin, "text/html; charset=iso-8859-1", {}).hrefs, ElementsAre(utf8));
  const std::string cyrillic = "<a href='/\xEF\xF0'>";  // In windows-1251.
  const std::string expected = "/\xD0\xBF\xD1\x80";
  EXPECT_THAT(ParseHtmlLinks("<meta charset=' windows-1251'>" + cyrillic, "text/html", {}).hrefs,
              ElementsAre(expected));
  EXPECT_THAT(ParseHtmlLinks(
                  "<meta http-equiv=Content-Type content='text/html; charset=cp1251'>" + cyrillic,
                  "text/html", {})
                  .hrefs,
              ElementsAre(expected));
  EXPECT_THAT(ParseHtmlLinks("<meta charset=utf-16><a href='" + utf8 + "'>", "", {}).hrefs,
              ElementsAre(utf8));
}

TEST(HtmlLinksTest, HoldsItsLimits) {
  std::string html;
  for (int i = 0; i < 1'000'000; ++i) html += "<a href=/1>";
  const HtmlLinks many = ParseHtmlLinks(html, "", {});
  EXPECT_THAT(many.hrefs, SizeIs(10'000));
  EXPECT_TRUE(many.truncated);
  const HtmlLinks next =
      ParseHtmlLinks("<a rel=next href=/2><a rel=next href=/3><a href=/1>", "", {.links_max = 2});
  EXPECT_TRUE(next.truncated) << "all are counted";
  const HtmlLinks few = ParseHtmlLinks("<a href=/12345><a href=/1><a href=/2>", "",
                                       {.links_max = 2, .href_bytes_max = 3});
  EXPECT_THAT(few.hrefs, ElementsAre("/1", "/2")) << "half a URL is another page";
  EXPECT_FALSE(few.truncated);
}

TEST(HtmlLinksTest, ReadsOneLineOfFiftyMegabytes) {
  std::string html(50 << 20, 'x');
  html += "<a href=/1>";
  EXPECT_THAT(ParseHtmlLinks(html, "text/html", {}).hrefs, ElementsAre("/1"));
  std::string tag = "<a ";
  while (tag.size() < 50 << 20) tag += "b=c d ";
  EXPECT_THAT(ParseHtmlLinks(tag, "text/html", {}).hrefs, IsEmpty());
  EXPECT_THAT(ParseHtmlLinks(tag + "href=/1>", "text/html", {}).hrefs, ElementsAre("/1"));
}

}  // namespace
}  // namespace sluice::fetch
