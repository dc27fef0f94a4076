#include "services/deboilerplate/heading_place.h"

#include <gtest/gtest.h>

namespace sluice::deboilerplate {
namespace {

// A page of one block in one container.
Page PageWith(Roles roles, uint32_t text_bytes, uint32_t link_bytes) {
  Page page;
  Node node;
  node.ancestor_roles = roles;
  page.nodes.push_back(node);
  Block block;
  block.end = text_bytes;
  block.link_bytes = link_bytes;
  page.blocks.push_back(block);
  return page;
}

TEST(HeadingPlaceTest, TellsTheContainersAround) {
  const HeadingPlace menu = FindPlace(PageWith(Bit(kRoleTagNav), 40, 0), 0);
  EXPECT_TRUE(menu.in_menu);
  EXPECT_FALSE(menu.in_article);
  const HeadingPlace story = FindPlace(PageWith(Bit(kRoleTagArticle) | Bit(kRoleHeader), 40, 0), 0);
  EXPECT_TRUE(story.in_article);
  EXPECT_TRUE(story.in_header);
  EXPECT_FALSE(story.in_menu);
}

TEST(HeadingPlaceTest, AHeadingThatHasALinkIsNotALink) {
  EXPECT_TRUE(FindPlace(PageWith(0, 40, 40), 0).linked);
  EXPECT_FALSE(FindPlace(PageWith(0, 40, 20), 0).linked);
}

TEST(HeadingPlaceTest, OutsideThePageNothingIsKnown) {
  const Page page = PageWith(Bit(kRoleTagNav), 40, 40);
  EXPECT_FALSE(FindPlace(page, 1).in_menu);
  EXPECT_FALSE(FindPlace(page, -1).in_menu);
}

TEST(HeadingPlaceTest, OfTwoPlacesTheBetterCounts) {
  HeadingPlace place{.in_menu = true, .linked = true};
  place.MergeWith({.in_article = true, .in_header = true});
  EXPECT_FALSE(place.in_menu || place.linked);
  EXPECT_TRUE(place.in_article && place.in_header);
}

}  // namespace
}  // namespace sluice::deboilerplate
