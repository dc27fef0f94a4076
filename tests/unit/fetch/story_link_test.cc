#include "services/fetch/story_link.h"

#include <gtest/gtest.h>

#include <string_view>

#include "pipeline/url/normalized_url.h"

namespace sluice::fetch {
namespace {

bool IsStory(std::string_view path) {
  const auto url = url::NormalizedUrl::Parse("https://news.example" + std::string(path));
  EXPECT_TRUE(url.ok()) << path;
  return LooksLikeStory(url->url());
}

TEST(StoryLinkTest, KnowsAHeadline) {
  EXPECT_TRUE(IsStory("/council-votes-on-new-clinic"));
  EXPECT_TRUE(IsStory("/politics/council_votes_on_clinic.html"));
  EXPECT_TRUE(IsStory("/politics/council-votes-on-clinic/"));
  EXPECT_TRUE(IsStory("/council-votes-on-clinic/index.html"));
  EXPECT_TRUE(IsStory("/%D1%81%D0%BE%D0%B2%D0%B5%D1%82-%D0%B7%D0%B0-%D0%B8-%D0%BF%D1%80%D0%BE"));
  EXPECT_TRUE(IsStory("/council%20votes%20on%20clinic"));
  EXPECT_TRUE(IsStory("/press/statement-minister-2026"));
  EXPECT_FALSE(IsStory("/council-votes"));
  EXPECT_FALSE(IsStory("/arts-and-culture/"));
  EXPECT_FALSE(IsStory("/council-2026"));
}

TEST(StoryLinkTest, KnowsADateWithSomethingBehindIt) {
  EXPECT_TRUE(IsStory("/2026/11/22/clinic"));
  EXPECT_TRUE(IsStory("/2026/7/3/clinic"));
  EXPECT_TRUE(IsStory("/2026-11-22/clinic"));
  EXPECT_TRUE(IsStory("/news/20261122-clinic"));
  EXPECT_TRUE(IsStory("/press/2026/11/clinic.html"));
  EXPECT_FALSE(IsStory("/2026/11/22"));
  EXPECT_FALSE(IsStory("/2026/11/"));
  EXPECT_FALSE(IsStory("/2026/clinic"));
  EXPECT_FALSE(IsStory("/2026/13/clinic"));
  EXPECT_FALSE(IsStory("/x2026/11/clinic"));
}

TEST(StoryLinkTest, KnowsANumberAndAnIdentifier) {
  EXPECT_TRUE(IsStory("/a/12345"));
  EXPECT_TRUE(IsStory("/clinic-187654.html"));
  EXPECT_TRUE(IsStory("/articles/cx1yz8k42vqo"));
  EXPECT_TRUE(IsStory("/tag/clinic/187654"));
  EXPECT_FALSE(IsStory("/a/1234"));
  EXPECT_FALSE(IsStory("/articles/international"));
  EXPECT_FALSE(IsStory("/section-a1/b2"));
}

TEST(StoryLinkTest, KnowsFilesThatAreNoPages) {
  EXPECT_FALSE(IsStory("/2026/11/22/clinic.PDF"));
  EXPECT_FALSE(IsStory("/images/council-votes-on-clinic.jpg"));
  EXPECT_TRUE(IsStory("/2026/11/22/clinic.php"));
  EXPECT_TRUE(IsStory("/2026/11/22/how-to-read-a-pdf"));
}

TEST(StoryLinkTest, KnowsTheFrontPageAndLists) {
  EXPECT_FALSE(IsStory("/"));
  EXPECT_FALSE(IsStory("/index.html"));
  EXPECT_FALSE(IsStory("//"));
  EXPECT_FALSE(IsStory("/Tag/council-votes-on-clinic"));
  EXPECT_FALSE(IsStory("/author/jane-q-public-smith/"));
  EXPECT_TRUE(IsStory("/news/how-to-tag-a-page"));
}

}  // namespace
}  // namespace sluice::fetch
