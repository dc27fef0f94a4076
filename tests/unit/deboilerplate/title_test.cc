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

TEST(TitleTest, SiteNamesGo) {
  EXPECT_EQ(WithoutSite("Ships leave the port at dawn | The Pier", "The Pier"),
            "Ships leave the port at dawn");
  EXPECT_EQ(WithoutSite("Ships leave the port at dawn - News - The Pier", "The Pier"),
            "Ships leave the port at dawn");
  EXPECT_EQ(WithoutSite("The Pier: Ships leave the port", "The Pier"), "Ships leave the port");
}

TEST(TitleTest, DashesWithinAHeadlineStay) {
  EXPECT_EQ(WithoutSite("Rain \u2013 and more of it is on its way to the coast", ""),
            "Rain \u2013 and more of it is on its way to the coast");
}

TEST(TitleTest, TheHeadingThatTheHeadAgreesWithIsTheHeadline) {
  Page page;
  page.hints = {Make(Hint::Kind::kMeta, "og:title", "Ships leave the port at dawn"),
                Make(Hint::Kind::kHeading, "1", "The Pier"),
                Make(Hint::Kind::kHeading, "1", "Ships leave the port at dawn, again")};
  EXPECT_EQ(FindTitle(page, LinkedData(), "The Pier", 3), "Ships leave the port at dawn, again");
}

TEST(TitleTest, AKickerInFrontOfTheHeadlineGoes) {
  Page page;
  page.hints = {Make(Hint::Kind::kMeta, "og:title", "Ships leave the port at dawn"),
                Make(Hint::Kind::kHeading, "1", "Harbour: Ships leave the port at dawn")};
  EXPECT_EQ(FindTitle(page, LinkedData(), "", 1), "Ships leave the port at dawn");
}

TEST(TitleTest, WithoutAHeadingTheHeadTells) {
  Page page;
  page.hints = {Make(Hint::Kind::kTitle, "", "Ships leave the port at dawn - The Pier")};
  EXPECT_EQ(FindTitle(page, LinkedData(), FindSite(page, LinkedData()), 0),
            "Ships leave the port at dawn");
}

}  // namespace
}  // namespace sluice::deboilerplate
