#include "services/deboilerplate/title.h"

#include <gtest/gtest.h>

namespace sluice::deboilerplate {
namespace {

Hint Make(Hint::Kind kind, std::string name, std::string value, int block = 0) {
  Hint hint;
  hint.kind = kind;
  hint.name = std::move(name);
  hint.value = std::move(value);
  hint.block = block;
  return hint;
}

std::string Headline(const Page& page, std::string_view site, int first_block,
                     std::string_view url = {}) {
  const std::vector<RankedTitle> ranked =
      RankTitles(page, LinkedData(), {.site = site, .url = url, .first_block = first_block});
  return ranked.empty() ? std::string() : ranked.front().candidate.text;
}

std::string OfTitleElement(std::string title, std::string_view site) {
  Page page;
  page.hints = {Make(Hint::Kind::kTitle, "", std::move(title))};
  return Headline(page, site, 0);
}

TEST(TitleTest, SiteNamesGo) {
  EXPECT_EQ(OfTitleElement("Ships leave the port at dawn | The Pier", "The Pier"),
            "Ships leave the port at dawn");
  EXPECT_EQ(OfTitleElement("Ships leave the port at dawn - News - The Pier", "The Pier"),
            "Ships leave the port at dawn");
  EXPECT_EQ(OfTitleElement("The Pier: Ships leave the port", "The Pier"), "Ships leave the port");
}

TEST(TitleTest, TheHostNamesTheSiteToo) {
  Page page;
  page.hints = {Make(Hint::Kind::kTitle, "", "Ships leave the port at dawn - thepier.example")};
  EXPECT_EQ(Headline(page, "", 0, "https://www.thepier.example/a/ships-leave"),
            "Ships leave the port at dawn");
}

TEST(TitleTest, DashesWithinAHeadlineStay) {
  Page page;
  page.hints = {Make(Hint::Kind::kHeading, "1", "Rain \u2013 and more of it is on its way"),
                Make(Hint::Kind::kMeta, "og:title", "Rain \u2013 and more of it is on its way")};
  EXPECT_EQ(Headline(page, "", 1), "Rain \u2013 and more of it is on its way");
}

TEST(TitleTest, TheHeadingThatTheHeadAgreesWithIsTheHeadline) {
  Page page;
  page.hints = {Make(Hint::Kind::kMeta, "og:title", "Ships leave the port at dawn"),
                Make(Hint::Kind::kTitle, "", "Ships leave the port at dawn | The Pier"),
                Make(Hint::Kind::kHeading, "1", "The Pier"),
                Make(Hint::Kind::kHeading, "1", "Ships leave the port at dawn", 2)};
  EXPECT_EQ(Headline(page, "The Pier", 3), "Ships leave the port at dawn");
}

TEST(TitleTest, AKickerInFrontOfTheHeadlineGoes) {
  Page page;
  page.hints = {Make(Hint::Kind::kMeta, "og:title", "Ships leave the port at dawn"),
                Make(Hint::Kind::kMeta, "twitter:title", "Ships leave the port at dawn"),
                Make(Hint::Kind::kTitle, "", "Ships leave the port at dawn | The Pier"),
                Make(Hint::Kind::kHeading, "1", "Harbour\nShips leave the port at dawn")};
  EXPECT_EQ(Headline(page, "The Pier", 1), "Ships leave the port at dawn");
}

TEST(TitleTest, TagsThatAHeadingWritesOutStay) {
  Page page;
  page.hints = {Make(Hint::Kind::kHeading, "1", "Thirty years of <br> and what it broke")};
  EXPECT_EQ(Headline(page, "", 1), "Thirty years of <br> and what it broke");
}

TEST(TitleTest, SoftHyphensAndWhiteSpaceGo) {
  Page page;
  page.hints = {Make(Hint::Kind::kHeading, "1", "The heli\u00ADcopter \n port\u00A0is open")};
  EXPECT_EQ(Headline(page, "", 1), "The helicopter port is open");
}

TEST(TitleTest, WithoutAHeadingTheHeadTells) {
  Page page;
  page.hints = {Make(Hint::Kind::kTitle, "", "Ships leave the port at dawn - The Pier")};
  const std::string site = FindSite(page, LinkedData());
  EXPECT_EQ(site, "The Pier");
  EXPECT_EQ(Headline(page, site, 0), "Ships leave the port at dawn");
}

TEST(TitleTest, APageThatSaysNothingHasNone) { EXPECT_EQ(Headline(Page(), "", 0), ""); }

TEST(TitleTest, EveryFeatureHasAName) {
  for (size_t i = 0; i < kTitleFeatures; ++i) EXPECT_FALSE(TitleFeatureName(i).empty()) << i;
  EXPECT_TRUE(TitleFeatureName(kTitleFeatures).empty());
}

}  // namespace
}  // namespace sluice::deboilerplate
