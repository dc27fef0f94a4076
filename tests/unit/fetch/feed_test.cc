#include "services/fetch/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::fetch {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<Feed> Read(std::string_view body, const FeedLimits& limits = {}) {
  return ParseFeed({.body = body, .url = "https://paper.example/news/feed.xml"}, limits);
}

Feed MustRead(std::string_view body) {
  auto feed = Read(body);
  EXPECT_TRUE(feed.ok()) << feed.status();
  return feed.ok() ? *std::move(feed) : Feed{};
}

// The only entry of an RSS channel that has these elements.
FeedEntry Item(std::string_view elements) {
  const Feed feed =
      MustRead("<rss><channel><item>" + std::string(elements) + "</item></channel></rss>");
  EXPECT_EQ(feed.entries.size(), 1U);
  return feed.entries.empty() ? FeedEntry{} : feed.entries.front();
}

FeedEntry AtomEntry(std::string_view elements) {
  const Feed feed = MustRead("<feed xmlns='http://www.w3.org/2005/Atom'><entry>" +
                             std::string(elements) + "</entry></feed>");
  EXPECT_EQ(feed.entries.size(), 1U);
  return feed.entries.empty() ? FeedEntry{} : feed.entries.front();
}

TEST(FeedTest, ReadsRss) {
  const Feed feed = MustRead(R"(<?xml version="1.0"?>
    <rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">
    <channel><title>The Paper</title><link>https://paper.example/</link><language>en-GB</language><ttl>30</ttl>
      <image><title>Logo</title><link>https://cdn.example/</link></image>
      <item><title>One</title><link>https://paper.example/1</link><guid isPermaLink="false">n1</guid>
        <pubDate>Thu, 01 Jan 2004 19:48:21 GMT</pubDate><description>Short</description>
        <content:encoded><![CDATA[<p>Long</p>]]></content:encoded></item>
      <item><title>Two</title><link>https://paper.example/2</link></item>
    </channel></rss>)");
  EXPECT_EQ(feed.format, FeedFormat::kRss);
  EXPECT_EQ(feed.title, "The Paper");
  EXPECT_EQ(feed.link, "https://paper.example/");
  EXPECT_EQ(feed.language, "en-GB");
  EXPECT_EQ(feed.encoding, "utf-8");
  EXPECT_EQ(feed.update_interval, absl::Minutes(30));
  EXPECT_FALSE(feed.truncated);
  ASSERT_EQ(feed.entries.size(), 2U);
  const FeedEntry& one = feed.entries[0];
  EXPECT_EQ(one.title, "One");
  EXPECT_EQ(one.link, "https://paper.example/1");
  EXPECT_EQ(one.id, "n1");
  EXPECT_EQ(one.published,
            absl::FromCivil(absl::CivilSecond(2004, 1, 1, 19, 48, 21), absl::UTCTimeZone()));
  EXPECT_TRUE(one.has_summary);
  EXPECT_TRUE(one.has_content);
  EXPECT_EQ(one.language, "en-GB");
  EXPECT_FALSE(feed.entries[1].has_content);
  EXPECT_EQ(feed.entries[1].published, std::nullopt);
}

TEST(FeedTest, ReadsRdf) {
  const Feed feed = MustRead(R"(
    <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
             xmlns:d="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
    <channel rdf:about="x"><title>T</title><sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>
      <items><rdf:Seq><rdf:li rdf:resource="https://a.example/1"/></rdf:Seq></items></channel>
    <item rdf:about="https://a.example/1"><title>One</title><d:date>2003-12-31</d:date></item></rdf:RDF>)");
  EXPECT_EQ(feed.format, FeedFormat::kRdf);
  EXPECT_EQ(feed.update_interval, absl::Hours(6));
  ASSERT_EQ(feed.entries.size(), 1U);
  EXPECT_EQ(feed.entries[0].link, "https://a.example/1") << "what it is about, for lack of a link";
  EXPECT_TRUE(feed.entries[0].updated.has_value());
}

TEST(FeedTest, ReadsAtomWithItsTextKinds) {
  EXPECT_EQ(AtomEntry("<title>1 &lt; <![CDATA[<b>]]> 2</title>").title, "1 < <b> 2");
  EXPECT_EQ(AtomEntry("<title type='html'>a &lt;b&gt;c&lt;/b&gt; &amp;amp; d</title>").title,
            "a c & d");
  EXPECT_EQ(AtomEntry("<title type='xhtml'><div>x <i>y</i>z &lt;w&gt;</div></title>").title,
            "x yz <w>");
  EXPECT_EQ(AtomEntry("<title mode='base64'>RXhhbXBsZSA8Yj5BPC9iPg==</title>").title, "Example A");
}

TEST(FeedTest, TakesTheAlternatePageAsTheLink) {
  EXPECT_EQ(
      AtomEntry("<link rel='self' href='/s'/><link rel='enclosure' href='/e'/><link href='/a'/>")
          .link,
      "https://paper.example/a");
  EXPECT_EQ(AtomEntry("<link href='/a'/><link rel='alternate' type='text/html' href='/h'/>").link,
            "https://paper.example/h");
  EXPECT_EQ(AtomEntry("<link type='application/pdf' href='/p'/><link href='/a'/>").link,
            "https://paper.example/a");
  EXPECT_EQ(AtomEntry("<id>https://a.example/i</id>").link, "https://a.example/i");
}

TEST(FeedTest, TakesTheGuidOnlyAsAPermalink) {
  EXPECT_EQ(Item("<guid>https://a.example/1</guid>").link, "https://a.example/1");
  EXPECT_EQ(Item("<guid isPermaLink='false'>https://a.example/1</guid>").link, "");
  EXPECT_EQ(Item("<guid>8472</guid>").link, "") << "no address at all";
  EXPECT_EQ(Item("<guid>https://a.example/1</guid><link>https://a.example/2</link>").link,
            "https://a.example/2");
}

TEST(FeedTest, ResolvesLinksAgainstTheNearestBase) {
  EXPECT_EQ(Item("<link> ../x \n</link>").link, "https://paper.example/x");
  const Feed feed = MustRead(R"(<feed xml:base="/a/"><entry xml:base="b/"><link href="c"/></entry>
    <entry><link href="c"/></entry><entry xml:base="javascript:x"><link href="c"/></entry></feed>)");
  ASSERT_EQ(feed.entries.size(), 3U);
  EXPECT_EQ(feed.entries[0].link, "https://paper.example/a/b/c");
  EXPECT_EQ(feed.entries[1].link, "https://paper.example/a/c");
  EXPECT_EQ(feed.entries[2].link, "https://paper.example/a/c");
}

TEST(FeedTest, PrefersContentLocationToTheUrl) {
  const auto feed = ParseFeed({.body = "<rss><channel><item><link>x</link></item></channel></rss>",
                               .url = "https://paper.example/feed",
                               .content_location = "https://cdn.example/f/",
                               .content_language = "da"},
                              {});
  ASSERT_TRUE(feed.ok());
  EXPECT_EQ(feed->entries[0].link, "https://cdn.example/f/x");
  EXPECT_EQ(feed->entries[0].language, "da");
}

TEST(FeedTest, KeepsLinksAsWrittenWithoutABase) {
  const auto feed = ParseFeed(
      {.body = "<rss><channel><item><link>/x</link></item></channel></rss>", .url = ""}, {});
  EXPECT_EQ(feed->entries[0].link, "/x");
}

TEST(FeedTest, ReadsTitlesOfRssAsHtmlOnlyWhereTheyLookLikeIt) {
  EXPECT_EQ(Item("<title>1 &lt; 2 &amp; 3</title>").title, "1 < 2 & 3");
  EXPECT_EQ(Item("<title>a &lt;b&gt;c&lt;/b&gt;</title>").title, "a c");
  EXPECT_EQ(Item("<title>AT&amp;amp;T &amp;#8217;s</title>").title, "AT&T ’s");
  EXPECT_EQ(Item("<title><![CDATA[ x\n  y ]]></title>").title, "x y");
}

TEST(FeedTest, LetsTheOwnTitleWinOverExtensions) {
  EXPECT_EQ(Item("<media:title>m</media:title><title>t</title>").title, "t");
  EXPECT_EQ(Item("<title>t</title><media:title>m</media:title>").title, "t");
  EXPECT_EQ(Item("<media:group><media:title>m</media:title></media:group>").title, "m");
}

TEST(FeedTest, DoesNotLookIntoOtherThings) {
  const FeedEntry entry = AtomEntry(
      "<source><title>no</title><id>no</id><link "
      "href='/no'/></source><author><name>x</name></author>"
      "<x:y xmlns:x='u:u'><title>no</title></x:y><title>yes</title>");
  EXPECT_EQ(entry.title, "yes");
  EXPECT_EQ(entry.link, "");
  EXPECT_EQ(entry.id, "");
}

TEST(FeedTest, TakesDatesOfEveryVocabulary) {
  const FeedEntry entry =
      Item("<dcterms:issued>2001-01-01</dcterms:issued><dc:date>2002-01-01</dc:date>");
  EXPECT_EQ(absl::ToCivilYear(*entry.published, absl::UTCTimeZone()).year(), 2001);
  EXPECT_EQ(absl::ToCivilYear(*entry.updated, absl::UTCTimeZone()).year(), 2002);
  EXPECT_EQ(Item("<pubDate>soon</pubDate>").published, std::nullopt);
}

TEST(FeedTest, TellsContentElsewhereFromContentHere) {
  EXPECT_TRUE(AtomEntry("<content type='xhtml'><div><svg/></div></content>").has_content);
  EXPECT_FALSE(AtomEntry("<content src='/movie'/>").has_content);
  EXPECT_FALSE(AtomEntry("<content>  </content>").has_content);
}

TEST(FeedTest, ReadsOnBehindMissingEndTags) {
  const Feed feed =
      MustRead("<rss><channel><item><link>https://a/1</link><item><link>https://a/2</link></item>");
  ASSERT_EQ(feed.entries.size(), 2U);
  EXPECT_EQ(feed.entries[1].link, "https://a/2");
}

TEST(FeedTest, LeavesOutAnEntryThatIsCutOff) {
  const Feed feed =
      MustRead("<rss><channel><item><link>https://a/1</link></item><item><link>https://a/2");
  ASSERT_EQ(feed.entries.size(), 1U);
  EXPECT_TRUE(feed.truncated);
}

TEST(FeedTest, ReadsCdf) {
  const Feed feed = MustRead(
      "<CHANNEL HREF='https://a.example/'><TITLE>T</TITLE><ITEM HREF='/1' "
      "LASTMOD='2004-04-06T23:05:43-05:00'>"
      "<ABSTRACT>x</ABSTRACT></ITEM></CHANNEL>");
  EXPECT_EQ(feed.format, FeedFormat::kCdf);
  EXPECT_EQ(feed.link, "https://a.example/");
  EXPECT_EQ(feed.entries[0].link, "https://paper.example/1");
  EXPECT_TRUE(feed.entries[0].has_summary);
  EXPECT_TRUE(feed.entries[0].updated.has_value());
}

TEST(FeedTest, ReadsJsonFeed) {
  const Feed feed = MustRead(
      R"({"version": "https://jsonfeed.org/version/1.1", "title": "T", "home_page_url": "/h",
    "language": "fr", "authors": [{"title": "no", "url": "/no"}], "items": [
      {"id": 7, "url": "/a", "title": "A\n a", "date_published": "2020-08-07T11:44:36-05:00", "content_html": "<p>",
       "attachments": [{"url": "/no", "title": "no"}]},
      {"id": "b", "external_url": "https://b.example/", "date_modified": "2020-08-07", "summary": "s", "language": "en"},
      {"url": "/c", "external_url": "https://no.example/", "id": 1.5, "content_text": "c", "summary": "",
       "author": {"id": 8}}], "hubs": [{"type": "no", "url": "/no"}]})");
  EXPECT_EQ(feed.format, FeedFormat::kJson);
  EXPECT_EQ(feed.title, "T");
  EXPECT_EQ(feed.link, "https://paper.example/h");
  ASSERT_EQ(feed.entries.size(), 3U);
  EXPECT_EQ(feed.entries[0].link, "https://paper.example/a");
  EXPECT_EQ(feed.entries[0].title, "A a");
  EXPECT_EQ(feed.entries[0].id, "7");
  EXPECT_EQ(feed.entries[0].language, "fr");
  EXPECT_TRUE(feed.entries[0].published.has_value());
  EXPECT_TRUE(feed.entries[0].has_content);
  EXPECT_FALSE(feed.entries[0].has_summary);
  EXPECT_EQ(feed.entries[1].link, "https://b.example/");
  EXPECT_EQ(feed.entries[1].id, "b");
  EXPECT_EQ(feed.entries[1].language, "en");
  EXPECT_FALSE(feed.entries[1].published.has_value());
  EXPECT_TRUE(feed.entries[1].updated.has_value());
  EXPECT_TRUE(feed.entries[1].has_summary);
  EXPECT_FALSE(feed.entries[1].has_content);
  EXPECT_EQ(feed.entries[2].link, "https://paper.example/c");
  EXPECT_EQ(feed.entries[2].id, "1.5");
  EXPECT_FALSE(feed.entries[2].updated.has_value());
  EXPECT_FALSE(feed.entries[2].has_summary);
  EXPECT_TRUE(feed.entries[2].has_content);
}

TEST(FeedTest, ReadsHowOftenAChannelChanges) {
  constexpr std::string_view kSyndication =
      "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'";
  for (const auto& [period, interval] :
       {std::pair("hourly", absl::Hours(1)), std::pair("daily", absl::Hours(24)),
        std::pair("weekly", absl::Hours(24 * 7)), std::pair("monthly", absl::Hours(24 * 30)),
        std::pair("yearly", absl::Hours(24 * 365))}) {
    const std::string body = "<rss " + std::string(kSyndication) + "><channel><sy:updatePeriod>" +
                             period + "</sy:updatePeriod></channel></rss>";
    EXPECT_EQ(MustRead(body).update_interval, interval) << period;
  }
  for (const char* ttl : {"0", "-5", "soon", "1000000", "5 minutes"}) {
    EXPECT_FALSE(MustRead("<rss><channel><ttl>" + std::string(ttl) + "</ttl></channel></rss>")
                     .update_interval.has_value())
        << ttl;
  }
}

TEST(FeedTest, BoundsTheFieldsOfJsonButNotItsTexts) {
  const std::string long_text(20, 'x');
  const auto feed =
      Read(R"({"items": [{"url": "/)" + long_text + R"(", "title": "t", "content_html": ")" +
               long_text + R"("}, {"url": "/"}]})",
           {.entries_max = 1, .field_bytes_max = 12});
  ASSERT_TRUE(feed.ok()) << feed.status();
  ASSERT_EQ(feed->entries.size(), 1U);
  EXPECT_TRUE(feed->truncated);
  EXPECT_EQ(feed->entries[0].link, "");
  EXPECT_EQ(feed->entries[0].title, "t");
  EXPECT_TRUE(feed->entries[0].has_content);
}

TEST(FeedTest, KeepsTheWholeEntriesOfJsonThatIsCutOff) {
  const Feed feed = MustRead(R"({"items": [{"url": "/a"}, {"url": "/b)");
  ASSERT_EQ(feed.entries.size(), 1U);
  EXPECT_TRUE(feed.truncated);
}

TEST(FeedTest, SaysWhatItIsInstead) {
  EXPECT_THAT(Read("<html><body>x</body></html>").status().message(), HasSubstr("<html>"));
  EXPECT_THAT(Read("").status().message(), HasSubstr("empty"));
  EXPECT_THAT(Read("\xEF\xBB\xBF \n").status().message(), HasSubstr("empty"));
  EXPECT_THAT(Read(R"({"a": 1})").status().message(), HasSubstr("items"));
  EXPECT_TRUE(absl::IsInvalidArgument(Read("just text").status()));
}

TEST(FeedTest, HoldsItsLimits) {
  EXPECT_FALSE(Read("<rss/>", {.bytes_max = 5}).ok());
  const auto few = Read("<rss><channel><item/><item/><item/></channel></rss>", {.entries_max = 2});
  EXPECT_EQ(few->entries.size(), 2U);
  EXPECT_TRUE(few->truncated);
  const auto cut = Read(
      "<rss><channel><item><link>https://a.example/1234567890</link><title>abcdefgh</title></"
      "item></channel></rss>",
      {.field_bytes_max = 4});
  EXPECT_EQ(cut->entries[0].link, "") << "half a link is another page";
  EXPECT_EQ(cut->entries[0].title, "abcd");
}

TEST(FeedTest, GrowsByNoEntity) {
  std::string bomb = "<!DOCTYPE rss [<!ENTITY a 'aaaaaaaaaa'>";
  for (char name = 'b'; name < 'k'; ++name) {
    bomb += std::string("<!ENTITY ") + name + " '";
    for (int i = 0; i < 10; ++i) bomb += std::string("&") + static_cast<char>(name - 1) + ";";
    bomb += "'>";
  }
  bomb += "]><rss><channel><item><title>&j;</title></item></channel></rss>";
  EXPECT_EQ(MustRead(bomb).entries[0].title, "&j;");
}

TEST(FeedTest, GrowsByNoLanguage) {
  const std::string huge = "en" + std::string(1 << 20, 'x');
  const std::string field = "en" + std::string(60'000, 'x');
  const std::string items = "<channel><item/><item/></channel>";
  for (const std::string& body : {
           "<rss xml:lang='" + huge + "'>" + items + "</rss>",
           "<rss>" + items.substr(0, 9) + "<language>" + field + "</language>" + items.substr(9) +
               "</rss>",
           R"({"language": ")" + field + R"(", "items": [{"url": "/1"}, {"url": "/2"}]})",
           R"({"items": [{"url": "/1", "language": ")" + field + R"("}, {"language": ")" + field +
               R"("}]})",
       }) {
    const Feed feed = MustRead(body);
    ASSERT_EQ(feed.entries.size(), 2U) << body.substr(0, 40);
    for (const FeedEntry& entry : feed.entries) {
      EXPECT_EQ(entry.language, "en" + std::string(62, 'x')) << body.substr(0, 40);
    }
  }
  const auto feed = ParseFeed({.body = "<rss>" + items + "</rss>", .content_language = huge}, {});
  ASSERT_TRUE(feed.ok()) << feed.status();
  EXPECT_EQ(feed->entries[1].language.size(), 64U);
}

TEST(FeedTest, GrowsByNoBase) {
  const std::string long_base = "https://base.example/" + std::string(60'000, 'x') + "/";
  std::string escaped_base;  // Each letter as six bytes.
  for (int i = 0; i < 2'800; ++i) escaped_base += "\u00E9";
  for (const std::string& base : {long_base, std::string(8'200, 'x') + "/", escaped_base + "/"}) {
    const Feed feed = MustRead("<rss xml:base='" + base + "'><item><link>1</link></item></rss>");
    EXPECT_EQ(feed.entries.at(0).link, "https://paper.example/news/1");
  }
}

}  // namespace
}  // namespace sluice::fetch
