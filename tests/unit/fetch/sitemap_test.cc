#include "services/fetch/sitemap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::fetch {
namespace {

using ::testing::HasSubstr;

Sitemap MustRead(std::string_view bytes) {
  auto sitemap = ParseSitemap(bytes, "", {});
  EXPECT_TRUE(sitemap.ok()) << sitemap.status();
  return sitemap.ok() ? *std::move(sitemap) : Sitemap{};
}

TEST(SitemapTest, ReadsPagesAndTheirNews) {
  const Sitemap sitemap = MustRead(R"(<?xml version="1.0"?>
    <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
            xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
    <url><loc> https://a.example/1?x=1&amp;y=2 </loc><lastmod>2024-05-06</lastmod>
      <image:image><image:loc>https://a.example/i.jpg</image:loc><image:title>no</image:title></image:image>
      <n:news><n:publication><n:name>The Paper</n:name><n:language>en</n:language></n:publication>
        <n:publication_date>2024-05-06T07:08:09+02:00</n:publication_date><n:title>News &amp; more</n:title></n:news></url>
    <url><loc><![CDATA[https://a.example/2]]></loc></url></urlset>)");
  EXPECT_FALSE(sitemap.is_index);
  ASSERT_EQ(sitemap.entries.size(), 2U);
  const SitemapEntry& first = sitemap.entries[0];
  EXPECT_EQ(first.loc, "https://a.example/1?x=1&y=2");
  EXPECT_TRUE(first.lastmod.has_value());
  EXPECT_EQ(first.news_title, "News & more");
  EXPECT_EQ(first.news_name, "The Paper");
  EXPECT_EQ(first.news_language, "en");
  EXPECT_EQ(first.news_date,
            absl::FromCivil(absl::CivilSecond(2024, 5, 6, 5, 8, 9), absl::UTCTimeZone()));
  const SitemapEntry& second = sitemap.entries[1];
  EXPECT_EQ(second.loc, "https://a.example/2");
  EXPECT_FALSE(second.lastmod.has_value() || second.news_date.has_value());
  EXPECT_EQ(second.news_title + second.news_name + second.news_language, "");
}

TEST(SitemapTest, ReadsAnIndex) {
  const Sitemap sitemap =
      MustRead("<sitemapindex><sitemap><loc>https://a/1.xml.gz</loc></sitemap></sitemapindex>");
  EXPECT_TRUE(sitemap.is_index);
  EXPECT_EQ(sitemap.entries[0].loc, "https://a/1.xml.gz");
  EXPECT_TRUE(MustRead("<sitemapindex/>").is_index);
}

TEST(SitemapTest, ReadsEntriesWithoutEndTagsAndUnderAnotherRoot) {
  const Sitemap sitemap = MustRead(
      "<sites><url><loc>https://a/1</loc><url><loc>https://a/2</loc></url><loc>https://a/no</loc>"
      "</sites>");
  ASSERT_EQ(sitemap.entries.size(), 2U);
  EXPECT_EQ(sitemap.entries[0].loc, "https://a/1");
  EXPECT_EQ(sitemap.entries[1].loc, "https://a/2");
  EXPECT_FALSE(sitemap.truncated);
}

TEST(SitemapTest, ReadsPrefixedAndOldNamespaces) {
  EXPECT_EQ(MustRead("<s:urlset "
                     "xmlns:s='http://www.sitemaps.org/schemas/sitemap/0.9'><s:url><s:loc>https://"
                     "a/</s:loc></s:url></s:urlset>")
                .entries.size(),
            1U);
  EXPECT_EQ(MustRead("<g:urlset "
                     "xmlns:g='http://www.google.com/schemas/sitemap/0.84'><g:url><g:loc>https://a/"
                     "</g:loc></g:url></g:urlset>")
                .entries.size(),
            1U);
}

TEST(SitemapTest, ReadsTextWithAUrlALine) {
  const Sitemap sitemap = MustRead("\xEF\xBB\xBFhttps://a/1\r\n\n# no\nhttps://a/2 \nftp://a/3");
  ASSERT_EQ(sitemap.entries.size(), 2U);
  EXPECT_EQ(sitemap.entries[1].loc, "https://a/2");
}

TEST(SitemapTest, LeavesOutAnEntryThatIsCutOff) {
  const Sitemap sitemap =
      MustRead("<urlset><url><loc>https://a/1</loc></url><url><loc>https://a/2");
  EXPECT_EQ(sitemap.entries.size(), 1U);
  EXPECT_TRUE(sitemap.truncated);
}

TEST(SitemapTest, PassesOverEntriesWithoutALoc) {
  EXPECT_TRUE(
      MustRead("<urlset><url><lastmod>2024-01-01</lastmod></url></urlset>").entries.empty());
}

TEST(SitemapTest, SaysWhatItIsInstead) {
  EXPECT_THAT(ParseSitemap("<html/>", "", {}).status().message(), HasSubstr("<html>"));
  EXPECT_THAT(ParseSitemap("no urls here", "text/plain", {}).status().message(),
              HasSubstr("lines of URLs"));
  EXPECT_THAT(ParseSitemap(" ", "", {}).status().message(), HasSubstr("empty"));
}

TEST(SitemapTest, HoldsItsLimits) {
  EXPECT_FALSE(ParseSitemap("<urlset/>", "", {.bytes_max = 3}).ok());
  constexpr std::string_view kXml =
      "<urlset><url><loc>https://a/1</loc></url><url><loc>https://a/23</loc></url></urlset>";
  for (const std::string_view both : {kXml, std::string_view("https://a/1\nhttps://a/23\n")}) {
    EXPECT_EQ(ParseSitemap(both, "", {.bytes_max = both.size()})->entries.size(), 2U);
    EXPECT_FALSE(ParseSitemap(both, "", {.entries_max = 2})->truncated);
    const auto few = ParseSitemap(both, "", {.entries_max = 1});
    EXPECT_EQ(few->entries.size(), 1U) << both;
    EXPECT_TRUE(few->truncated) << both;
    const auto cut = ParseSitemap(both, "", {.field_bytes_max = 11});
    ASSERT_EQ(cut->entries.size(), 1U) << "half a URL is another page";
    EXPECT_EQ(cut->entries[0].loc, "https://a/1") << both;
  }
}

}  // namespace
}  // namespace sluice::fetch
