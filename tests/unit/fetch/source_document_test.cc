#include "services/fetch/source_document.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "services/fetch/page_visits.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/scripted_http_server.h"

namespace sluice::fetch {
namespace {

using fakes::FakeHttpClient;
using fakes::ScriptedHttpServer;

constexpr std::string_view kUrl = "https://news.example/feed/rss.xml";

constexpr std::string_view kRss =
    R"(<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><ttl>15</ttl>
<language>en-gb</language>
<item><title>First</title><link>https://news.example/1?utm_source=rss</link>
<pubDate>Mon, 05 Jan 2026 12:00:00 GMT</pubDate></item>
<item><title>Again</title><link>https://news.example/1</link></item>
<item><title>Relative</title><link>/2</link></item>
<item><title>Mail</title><link>mailto:a@news.example</link></item>
<item><title>None</title></item>
</channel></rss>)";

constexpr std::string_view kIndex = R"(<?xml version="1.0"?>
<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://news.example/s1.xml</loc><lastmod>2026-01-05</lastmod></sitemap>
<sitemap><loc>https://news.example/s2.xml.gz</loc></sitemap>
<sitemap><loc>ftp://news.example/s3.xml</loc></sitemap>
</sitemapindex>)";

TEST(SourceDocumentTest, ReadsAFeedIntoNormalisedUrlsEachOnce) {
  const auto document =
      ReadSource(data::v1::SOURCE_KIND_FEED, kUrl, FakeHttpClient::Page(std::string(kRss)), {});
  ASSERT_TRUE(document.ok()) << document.status();
  ASSERT_EQ(document->items.size(), 2U);
  EXPECT_EQ(document->items[0].url, "https://news.example/1");
  EXPECT_EQ(document->items[0].registrable_domain, "news.example");
  EXPECT_EQ(document->items[0].title, "First");
  EXPECT_EQ(document->items[0].published, absl::FromUnixSeconds(1'767'614'400));
  EXPECT_EQ(document->items[0].language, "en-gb");
  EXPECT_EQ(document->items[1].url, "https://news.example/2");
  EXPECT_EQ(document->ttl, absl::Minutes(15));
}

TEST(SourceDocumentTest, InflatesTheTransferAndTheFile) {
  const std::string index(kIndex);
  for (const std::string& body : {index, ScriptedHttpServer::Gzip(index),
                                  ScriptedHttpServer::Gzip(ScriptedHttpServer::Gzip(index))}) {
    const auto document =
        ReadSource(data::v1::SOURCE_KIND_SITEMAP, kUrl, FakeHttpClient::Page(body), {});
    ASSERT_TRUE(document.ok()) << document.status();
    ASSERT_EQ(document->sitemaps.size(), 2U);
    EXPECT_EQ(document->sitemaps[0].url, "https://news.example/s1.xml");
    EXPECT_TRUE(document->sitemaps[0].modified.has_value());
    EXPECT_FALSE(document->sitemaps[1].modified.has_value());
    EXPECT_TRUE(document->items.empty());
  }
}

TEST(SourceDocumentTest, TakesTheHintsOfNewsSitemaps) {
  const auto document =
      ReadSource(data::v1::SOURCE_KIND_SITEMAP, kUrl, FakeHttpClient::Page(R"(<?xml version="1.0"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://news.example/1</loc><news:news><news:publication><news:name>News</news:name>
<news:language>en</news:language></news:publication><news:publication_date>2026-01-05T12:00:00Z</news:publication_date>
<news:title>First</news:title></news:news></url></urlset>)"),
                 {});
  ASSERT_TRUE(document.ok()) << document.status();
  ASSERT_EQ(document->items.size(), 1U);
  EXPECT_EQ(document->items[0].title, "First");
  EXPECT_EQ(document->items[0].language, "en");
  EXPECT_EQ(document->items[0].published, absl::FromUnixSeconds(1'767'614'400));
}

TEST(SourceDocumentTest, BoundsItemsAndTitles) {
  std::string rss = "<rss version=\"2.0\"><channel>";
  for (int i = 0; i < 30; ++i) {
    rss += "<item><title>" + std::string(2001, 'x') +
           "\xC3\xA9</title><link>https://news.example/" + std::to_string(i) + "</link></item>";
  }
  const auto document =
      ReadSource(data::v1::SOURCE_KIND_FEED, kUrl, FakeHttpClient::Page(rss + "</channel></rss>"),
                 {.items_max = 10});
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_EQ(document->items.size(), 10U);
  EXPECT_TRUE(document->truncated);
  EXPECT_EQ(document->items[0].title.size(), SourceDocument::kTitleBytesMax);
}

// Headers may hold any bytes; a protobuf string may not.
TEST(SourceDocumentTest, RepairsALanguageThatIsNoUtf8) {
  HttpResponse response = FakeHttpClient::Page(
      "<rss "
      "version=\"2.0\"><channel><item><link>https://news.example/1</link></item></channel></rss>");
  response.content_language =
      "fran\xE7"
      "ais";
  const auto document = ReadSource(data::v1::SOURCE_KIND_FEED, kUrl, response, {});
  ASSERT_TRUE(document.ok()) << document.status();
  ASSERT_EQ(document->items.size(), 1U);
  EXPECT_EQ(document->items[0].language,
            "fran\xEF\xBF\xBD"
            "ais");
}

TEST(SourceDocumentTest, KeepsTheNewestOfASitemap) {
  std::string body = "<urlset>";
  for (int i = 0; i < 30; ++i) {
    body += "<url><loc>https://news.example/" + std::to_string(i) + "</loc>";
    if (i % 2 == 0) body += fmt::format("<lastmod>2026-01-{:02}</lastmod>", i + 1);
    body += "</url>";
  }
  const auto read = [&](size_t items_max) {
    return ReadSource(data::v1::SOURCE_KIND_SITEMAP, kUrl, FakeHttpClient::Page(body + "</urlset>"),
                      {.items_max = items_max});
  };
  const auto few = read(2);
  ASSERT_TRUE(few.ok()) << few.status();
  EXPECT_TRUE(few->truncated);
  ASSERT_EQ(few->items.size(), 2U);
  EXPECT_EQ(few->items[0].url, "https://news.example/26");
  EXPECT_EQ(few->items[1].url, "https://news.example/28");
  const auto more = read(16);
  ASSERT_TRUE(more.ok()) << more.status();
  ASSERT_EQ(more->items.size(), 16U);
  EXPECT_EQ(more->items[1].url, "https://news.example/1") << "the first without a date";
  EXPECT_FALSE(read(30)->truncated);
}

TEST(SourceDocumentTest, LeavesOutUrlsThatAreTooLong) {
  const std::string stem = "https://news.example/";
  const std::string longest(PageVisits::kUrlBytesMax - stem.size(), 'x');
  for (const auto kind : {data::v1::SOURCE_KIND_FEED, data::v1::SOURCE_KIND_SITEMAP}) {
    const bool feed = kind == data::v1::SOURCE_KIND_FEED;
    std::string body = feed ? "<rss><channel>" : "<urlset>";
    for (const std::string& url : {stem + longest, stem + longest + "y"}) {
      body += feed ? "<item><link>" + url + "</link></item>" : "<url><loc>" + url + "</loc></url>";
    }
    const auto document = ReadSource(kind, kUrl, FakeHttpClient::Page(std::move(body)), {});
    ASSERT_TRUE(document.ok()) << document.status();
    ASSERT_EQ(document->items.size(), 1U);
    EXPECT_EQ(document->items[0].url, stem + longest);
  }
}

TEST(SourceDocumentTest, ReadsASectionWhateverItIsPackedIn) {
  const std::string html =
      "<a href='2026/a-new-clinic-opens?utm_source=x'>A</a><a href='/about'>B</a>"
      "<link rel=next href='?page=2'>";
  for (const std::string& body : {html, ScriptedHttpServer::Gzip(html)}) {
    const auto document =
        ReadSource(data::v1::SOURCE_KIND_SECTION, "https://www.news.example/press/",
                   FakeHttpClient::Page(body), {});
    ASSERT_TRUE(document.ok()) << document.status();
    ASSERT_EQ(document->items.size(), 1U);
    EXPECT_EQ(document->items[0].url, "https://www.news.example/press/2026/a-new-clinic-opens");
    EXPECT_EQ(document->items[0].registrable_domain, "news.example");
    EXPECT_EQ(document->items[0].title, "");
    EXPECT_EQ(document->next, "https://www.news.example/press/?page=2");
  }
  SectionRules rules;
  rules.links.push_back(*LinkPattern::Parse("/about"));
  const auto ruled = ReadSource(data::v1::SOURCE_KIND_SECTION, "https://www.news.example/press/",
                                FakeHttpClient::Page(html), {}, rules);
  ASSERT_TRUE(ruled.ok()) << ruled.status();
  ASSERT_EQ(ruled->items.size(), 1U);
  EXPECT_EQ(ruled->items[0].url, "https://www.news.example/about");
}

TEST(SourceDocumentTest, SaysWhatIsNoSource) {
  EXPECT_TRUE(
      absl::IsInvalidArgument(ReadSource(data::v1::SOURCE_KIND_FEED, kUrl,
                                         FakeHttpClient::Page("<html><body>No</body></html>"), {})
                                  .status()));
  EXPECT_TRUE(absl::IsResourceExhausted(
      ReadSource(data::v1::SOURCE_KIND_FEED, kUrl,
                 FakeHttpClient::Page(ScriptedHttpServer::Gzip(std::string(4 << 20, ' '))),
                 {.bytes_max = 1 << 20})
          .status()));
  EXPECT_TRUE(absl::IsDataLoss(
      ReadSource(data::v1::SOURCE_KIND_FEED, kUrl, FakeHttpClient::Page("\x1f\x8b\x08 damaged"), {})
          .status()));
}

}  // namespace
}  // namespace sluice::fetch
