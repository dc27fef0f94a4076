#include "services/deboilerplate/title.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/deboilerplate/walked.h"

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

TEST(TitleTest, WithoutHeadingsAndTitleALineInBoldTells) {
  const auto headline = [](std::string_view title) {
    const Walked walked(fmt::format(
        "<title>{}</title><p><b><font size=5>Ships leave the port at dawn</font></b></p>"
        "<p>By Ann Lee</p><p>The ferries of the town left at dawn on Friday.</p>",
        title));
    return Headline(walked.page, "", 2);
  };
  for (const char* title : {"", "New Page 1", "Untitled Document"})
    EXPECT_EQ(headline(title), "Ships leave the port at dawn") << title;
  EXPECT_EQ(headline("Dawn at the port"), "Dawn at the port");
}

TEST(TitleTest, ASiteIsWhatTheTitleHasBesideTheHeadline) {
  const auto site = [](const char* title, const char* headline) {
    Page page;
    page.hints = {Make(Hint::Kind::kTitle, "", title),
                  Make(Hint::Kind::kMeta, "og:title", headline)};
    return FindSite(page, LinkedData());
  };
  EXPECT_EQ(site("Ships leave the port: The Pier", "Ships leave the port"), "The Pier");
  EXPECT_EQ(site("The Pier: Ships leave: a story", "Ships leave: a story"), "The Pier");
  EXPECT_EQ(site("The Pier | Ships leave the port", "Ships leave the port"), "The Pier");
  EXPECT_EQ(site("Ships leave the port | Sea | The Pier", "Ships leave the port"), "The Pier");
  EXPECT_EQ(site("Ships leave the port", "Ships leave the port"), "");
}

// A heading with an element in front of what it says.
std::vector<Hint> HeadingWithKicker() {
  return {Make(Hint::Kind::kHeading, "1", "Island ferries Ships leave the port at dawn"),
          Make(Hint::Kind::kHeadingPart, "", "Island ferries")};
}

TEST(TitleTest, AHeadingIsCutAtItsElementsWhereTheHeadDoesNotSayItWhole) {
  Page page;
  page.hints = HeadingWithKicker();
  EXPECT_EQ(Headline(page, "", 1), "Ships leave the port at dawn");
}

TEST(TitleTest, AKickerThatTheHeadSaysTooStays) {
  Page page;
  page.hints = HeadingWithKicker();
  page.hints.push_back(
      Make(Hint::Kind::kMeta, "og:title", "Island ferries: Ships leave the port at dawn"));
  const std::string headline = Headline(page, "", 1);
  EXPECT_EQ(Normalise(headline), Normalise("Island ferries: Ships leave the port at dawn"));
}

TEST(TitleTest, ATextThatEndsAtAnUnescapedQuotationMarkIsNone) {
  Page page;
  page.hints = {
      Make(Hint::Kind::kMeta, "og:title", "Mayor calls the ferry plan"),
      Make(Hint::Kind::kMeta, "twitter:title", "Mayor calls the ferry plan"),
      Make(Hint::Kind::kHeading, "1", "Mayor calls the ferry plan \"a gift to the islands\"")};
  EXPECT_EQ(Headline(page, "", 1), "Mayor calls the ferry plan \"a gift to the islands\"");
}

// A heading in a block of its own, within a container that has the roles.
Page PageWithHeadingIn(Roles roles, std::string_view heading, std::string_view og_title) {
  Page page;
  Node node;
  node.ancestor_roles = roles;
  page.nodes.push_back(node);
  Block block;
  block.end = static_cast<uint32_t>(heading.size());
  page.text = heading;
  page.blocks.push_back(block);
  page.hints = {Make(Hint::Kind::kHeading, "1", std::string(heading)),
                Make(Hint::Kind::kMeta, "og:title", std::string(og_title))};
  return page;
}

TEST(TitleTest, AHeadingAmongBreadcrumbsCountsForLittle) {
  const std::string_view crumb = "Ferry timetable changes explained for travellers";
  const std::string_view story = "Ships leave the port at dawn";
  EXPECT_EQ(Headline(PageWithHeadingIn(0, crumb, story), "", 1), crumb);
  EXPECT_EQ(Headline(PageWithHeadingIn(Bit(kRoleTagNav), crumb, story), "", 1), story);
}

TEST(TitleTest, WhereThePageIsNewsTheFeaturesComeTwice) {
  Page page;
  page.hints = {Make(Hint::Kind::kHeading, "1", "Ships leave the port at dawn")};
  LinkedData data;
  const TitleCandidate other = CollectTitles(page, data, {.first_block = 1}).front();
  data.news = true;
  const TitleCandidate news = CollectTitles(page, data, {.first_block = 1}).front();
  for (size_t i = 0; i < kTitleTraits; ++i) {
    EXPECT_EQ(news.features[i], other.features[i]) << TitleFeatureName(i);
    EXPECT_EQ(news.features[kTitleTraits + i], other.features[i]) << TitleFeatureName(i);
    EXPECT_EQ(other.features[kTitleTraits + i], 0) << TitleFeatureName(i);
  }
}

TEST(TitleTest, WideFormsAndPunctuationOfCjkAreNoDifference) {
  EXPECT_EQ(Normalise("\uFF21\uFF22\uFF23\uFF11\uFF12\u3000\u6E2F\u3001\u300C\u8239\u300D"),
            Normalise("abc12 \u6E2F\u8239"));
  EXPECT_NE(Normalise("\u4EBA\u3005"), Normalise("\u4EBA"));  // A letter that repeats one.
  EXPECT_EQ(Normalise("\uFF11\uFF12"), "12");
}

TEST(TitleTest, APageThatSaysNothingHasNone) { EXPECT_EQ(Headline(Page(), "", 0), ""); }

TEST(TitleTest, EveryFeatureHasAName) {
  for (size_t i = 0; i < kTitleFeatures; ++i) EXPECT_FALSE(TitleFeatureName(i).empty()) << i;
  EXPECT_TRUE(TitleFeatureName(kTitleFeatures).empty());
}

}  // namespace
}  // namespace sluice::deboilerplate
