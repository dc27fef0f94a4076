#include "services/deboilerplate/title_words.h"

#include <gtest/gtest.h>

namespace sluice::deboilerplate {
namespace {

TEST(TitleWordsTest, SeparatorsStandBetweenBlanks) {
  const auto found = FindSeparators("Re-opened: the ferry - North | The Pier");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_TRUE(found[0].dash);
  EXPECT_FALSE(found[1].dash);
}

TEST(TitleWordsTest, InCjkTitlesTightMarksSeparate) {
  EXPECT_EQ(FindSeparators("港口今晨重新开放_港口报").size(), 1U);
  EXPECT_TRUE(FindSeparators("Re-opened_ferry").empty());
}

TEST(TitleWordsTest, TheHostsLabelIsFoundBehindWwwAndSecondLevels) {
  EXPECT_EQ(HostLabel("https://www.thepier.co.uk/a"), "thepier");
  EXPECT_EQ(HostLabel("https://thepier.example:8080?x"), "thepier");
  EXPECT_EQ(HostLabel("not an address"), "");
}

TEST(TitleWordsTest, UmlautsMatchAddressesEitherWay) {
  const auto slug = SlugWords("https://a.example/news/faehre-faehrt-ueber-die-elbe-123456.html");
  EXPECT_EQ(slug.size(), 5U);
  EXPECT_FLOAT_EQ(MatchSlug("F\u00E4hre f\u00E4hrt \u00FCber die Elbe", slug).found, 1.0F);
  const auto plain = SlugWords("https://a.example/fahre-fahrt-uber-die-elbe");
  EXPECT_FLOAT_EQ(MatchSlug("F\u00E4hre f\u00E4hrt \u00FCber die Elbe", plain).told, 1.0F);
}

TEST(TitleWordsTest, AnAddressOfFiguresHasNoSlug) {
  EXPECT_TRUE(SlugWords("https://a.example/2024/05/03/1234567").empty());
  EXPECT_TRUE(SlugWords("https://a.example/").empty());
}

TEST(TitleWordsTest, LikenessIsTheSmallerShare) {
  EXPECT_FLOAT_EQ(Likeness(SortedWords("one two"), SortedWords("one two three four")), 0.5F);
  EXPECT_FLOAT_EQ(Likeness(SortedWords(""), SortedWords("one")), 0.0F);
}

}  // namespace
}  // namespace sluice::deboilerplate
