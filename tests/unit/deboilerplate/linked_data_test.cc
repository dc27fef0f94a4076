#include "services/deboilerplate/linked_data.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sluice::deboilerplate {
namespace {

TEST(LinkedDataTest, ReadsAnArticle) {
  const std::vector<std::string> scripts = {
      R"({"@type": "NewsArticle", "headline": "Port &amp; harbour", "datePublished": "2024-05-03",
    "author": [{"@type": "Person", "name": "Ann Lee"}, "Bo Chen"], "publisher": {"name": "The Pier"}, "keywords": "sea, ships"})"};
  const LinkedData data = ReadLinkedData(scripts);
  EXPECT_TRUE(data.article);
  EXPECT_EQ(data.headline, "Port & harbour");
  EXPECT_EQ(data.authors, (std::vector<std::string>{"Ann Lee", "Bo Chen"}));
  EXPECT_EQ(data.site, "The Pier");
  EXPECT_EQ(data.keywords, (std::vector<std::string>{"sea", "ships"}));
}

TEST(LinkedDataTest, FollowsReferencesInAGraph) {
  const std::vector<std::string> scripts = {
      R"({"@graph": [{"@type": "Article", "headline": "H", "author": {"@id": "#a"}},
    {"@type": "Person", "@id": "#a", "name": "Ann Lee"}]})"};
  EXPECT_EQ(ReadLinkedData(scripts).authors, std::vector<std::string>{"Ann Lee"});
}

TEST(LinkedDataTest, AnImageIsItsAddressAndNotItsName) {
  const auto image = [](std::string_view value, std::string_view others = "") {
    return ReadLinkedData(
               std::vector<std::string>{fmt::format(
                   R"({{"@graph": [{{"@type": "Article", "image": {}}}{}]}})", value, others)})
        .image;
  };
  EXPECT_EQ(image(R"("/a.jpg")"), "/a.jpg");
  EXPECT_EQ(image(R"([{"name": "Ferry", "url": "/a.jpg"}, "/b.jpg"])"), "/a.jpg");
  EXPECT_EQ(image(R"({"@id": "/story#image"})",
                  R"(, {"@type": "ImageObject", "@id": "/story#image", "contentUrl": "/a.jpg"})"),
            "/a.jpg");
  EXPECT_EQ(image(R"({"@id": "/a.jpg"})"), "/a.jpg");
}

TEST(LinkedDataTest, ASiteIsNamedBeforeItsPublisher) {
  EXPECT_EQ(ReadLinkedData(std::vector<std::string>{
                               R"([{"@type": "Article", "publisher": {"name": "Pier Media Ltd."}},
    {"@type": "WebSite", "name": "The Pier"}])"})
                .site,
            "The Pier");
}

TEST(LinkedDataTest, APersonMayHaveTheNameInParts) {
  EXPECT_EQ(ReadLinkedData(std::vector<std::string>{
                               R"({"@type": "Article", "author": {"@type": "Person",
    "givenName": "Ann", "familyName": "Lee"}})"})
                .authors,
            std::vector<std::string>{"Ann Lee"});
}

TEST(LinkedDataTest, EscapedQuotesAreRead) {
  const std::vector<std::string> scripts = {
      "{&quot;@type&quot;: &quot;Article&quot;, &quot;headline&quot;: &quot;Port &amp;amp; "
      "harbour&quot;}"};
  EXPECT_EQ(ReadLinkedData(scripts).headline, "Port & harbour");
}

TEST(LinkedDataTest, PagesOfAnyKindHaveDates) {
  const std::vector<std::string> scripts = {
      R"({"@type": "MedicalWebPage", "datePublished": "2024-05-03"})"};
  EXPECT_EQ(ReadLinkedData(scripts).published, "2024-05-03");
}

TEST(LinkedDataTest, PrefersTheArticleWithADateOverTeasers) {
  const std::vector<std::string> scripts = {R"([{"@type": "Article", "headline": "Teaser"},
    {"@type": "Article", "headline": "Story", "datePublished": "2024-05-03"}])"};
  EXPECT_EQ(ReadLinkedData(scripts).headline, "Story");
}

TEST(LinkedDataTest, PaidLiveAndListingPagesAreTold) {
  EXPECT_TRUE(ReadLinkedData(std::vector<std::string>{
                                 R"({"@type": "NewsArticle", "isAccessibleForFree": false})"})
                  .paid);
  EXPECT_TRUE(
      ReadLinkedData(std::vector<std::string>{R"({"@type": "LiveBlogPosting"})"}).live_blog);
  const LinkedData listing =
      ReadLinkedData(std::vector<std::string>{R"({"@type": "CollectionPage", "name": "News"})"});
  EXPECT_TRUE(listing.listing);
  EXPECT_FALSE(listing.article);
}

}  // namespace
}  // namespace sluice::deboilerplate
