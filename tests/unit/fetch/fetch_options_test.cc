#include "services/fetch/fetch_options.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

#include "pipeline/base/strings.h"
#include "pipeline/base/version.h"

namespace sluice::fetch {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

config::v1::Fetch Config(const std::string& text) {
  config::v1::Fetch config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
  return config;
}

std::string Complaint(const std::string& text) {
  const auto options = FetchOptions::Create(Config(text));
  EXPECT_TRUE(absl::IsInvalidArgument(options.status())) << text;
  return std::string(base::ToStd(options.status().message()));
}

TEST(FetchOptionsTest, HasTheDocumentedDefaults) {
  const auto options = FetchOptions::Create({});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->host_interval, absl::Seconds(1));
  EXPECT_EQ(options->body_bytes_max, 8U << 20);
  EXPECT_EQ(options->http.transfers_max, 1000);
  EXPECT_EQ(options->http.inflation_ratio_max, 100U);
  EXPECT_EQ(options->redirects_max, 5);
  EXPECT_EQ(options->robots_ttl, absl::Hours(24));
  EXPECT_THAT(options->revisits,
              ElementsAre(absl::Hours(1), absl::Hours(6), absl::Hours(24), absl::Hours(72)));
  EXPECT_EQ(options->http.user_agent, "sluice/" + std::string(base::kVersion));
  EXPECT_THAT(options->sources, IsEmpty());
}

TEST(FetchOptionsTest, TakesWhatIsConfigured) {
  const auto options = FetchOptions::Create(Config(R"(
    contact: "https://example.org/about"
    host_interval { nanos: 10000000 }
    allowed_private_networks: "127.0.0.0/8"
    retries_max: 0
    retry_first { seconds: 7200 }
    revisits { seconds: 60 } revisits { seconds: 120 }
    source_interval_max { seconds: 5 }
    source_interval_min { seconds: 1 }
    sources { id: "a" feed: "https://news.example/rss#x" interval { seconds: 2 } }
    sources { id: "b" sitemap: "http://news.example/sitemap.xml" interval { seconds: 2 } }
    sources { id: "c" page: "http://news.example/" interval { seconds: 2 } }
  )"));
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->host_interval, absl::Milliseconds(10));
  EXPECT_EQ(options->retries_max, 0U);
  EXPECT_EQ(options->retry_max, absl::Hours(2));  // Never below retry_first.
  EXPECT_THAT(options->revisits, ElementsAre(absl::Minutes(1), absl::Minutes(2)));
  EXPECT_THAT(options->http.user_agent, HasSubstr("(+https://example.org/about)"));
  ASSERT_EQ(options->sources.size(), 3U);
  EXPECT_EQ(options->sources[0].kind, data::v1::SOURCE_KIND_FEED);
  EXPECT_EQ(options->sources[0].url, "https://news.example/rss");
  EXPECT_EQ(options->sources[0].interval, absl::Seconds(2));
  EXPECT_EQ(options->sources[1].kind, data::v1::SOURCE_KIND_SITEMAP);
  EXPECT_EQ(options->sources[2].kind, data::v1::SOURCE_KIND_PAGE);
}

TEST(FetchOptionsTest, TakesEachKeyForItsOwnOption) {
  const auto options = FetchOptions::Create(Config(R"(
    crawl_delay_max { seconds: 2 } robots_ttl { seconds: 60 } robots_error_ttl { seconds: 4 }
    robots_bytes_max: 512001 transfers_max: 5 body_bytes_max: 2001 source_bytes_max: 2002
    inflation_ratio_max: 11 buffered_bytes_max: 5001 connect_time_max { seconds: 6 }
    transfer_time_max { seconds: 7 } low_speed_time { seconds: 8 } low_speed_bytes: 9
    redirects_max: 10 hops_max: 11 retries_max: 12 retry_first { seconds: 13 }
    retry_max { seconds: 14 } retry_after_max { seconds: 15 } gone_after { seconds: 16 }
    resubmit_after { seconds: 17 } failed_memory { seconds: 18 } url_memory { seconds: 3601 }
    frontier_urls_max: 20 host_urls_max: 21 source_interval_min { seconds: 22 }
    source_interval_max { seconds: 23 } source_items_max: 24 sitemaps_max: 25)"));
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->crawl_delay_max, absl::Seconds(2));
  EXPECT_EQ(options->robots_ttl, absl::Seconds(60));
  EXPECT_EQ(options->robots_error_ttl, absl::Seconds(4));
  EXPECT_EQ(options->robots_bytes_max, 512'001);
  EXPECT_EQ(options->http.transfers_max, 5);
  EXPECT_EQ(options->body_bytes_max, 2001);
  EXPECT_EQ(options->source_bytes_max, 2002);
  EXPECT_EQ(options->http.inflation_ratio_max, 11);
  EXPECT_EQ(options->http.buffered_bytes_max, 5001);
  EXPECT_EQ(options->http.connect_time_max, absl::Seconds(6));
  EXPECT_EQ(options->http.transfer_time_max, absl::Seconds(7));
  EXPECT_EQ(options->http.low_speed_time, absl::Seconds(8));
  EXPECT_EQ(options->http.low_speed_bytes, 9);
  EXPECT_EQ(options->redirects_max, 10);
  EXPECT_EQ(options->hops_max, 11);
  EXPECT_EQ(options->retries_max, 12);
  EXPECT_EQ(options->retry_first, absl::Seconds(13));
  EXPECT_EQ(options->retry_max, absl::Seconds(14));
  EXPECT_EQ(options->retry_after_max, absl::Seconds(15));
  EXPECT_EQ(options->gone_after, absl::Seconds(16));
  EXPECT_EQ(options->resubmit_after, absl::Seconds(17));
  EXPECT_EQ(options->failed_memory, absl::Seconds(18));
  EXPECT_EQ(options->url_memory, absl::Seconds(3601));
  EXPECT_EQ(options->frontier_urls_max, 20);
  EXPECT_EQ(options->host_urls_max, 21);
  EXPECT_EQ(options->source_interval_min, absl::Seconds(22));
  EXPECT_EQ(options->source_interval_max, absl::Seconds(23));
  EXPECT_EQ(options->source_items_max, 24);
  EXPECT_EQ(options->sitemaps_max, 25);
}

TEST(FetchOptionsTest, HoldsTheDocumentedRanges) {
  struct Range {
    std::string key;
    uint64_t least, most;
  };
  for (const auto& [key, least, most] :
       {Range{"transfers_max", 1, 1000}, Range{"body_bytes_max", 1024, 64 << 20},
        Range{"source_bytes_max", 1024, 64 << 20}, Range{"inflation_ratio_max", 10, 1100},
        Range{"redirects_max", 0, 20}, Range{"hops_max", 0, 20}, Range{"retries_max", 0, 20},
        Range{"source_items_max", 1, 50'000}, Range{"sitemaps_max", 1, 1000}}) {
    for (const uint64_t value : {least, most}) {
      EXPECT_TRUE(FetchOptions::Create(Config(fmt::format("{}: {}", key, value))).ok()) << key;
    }
    EXPECT_THAT(Complaint(fmt::format("{}: {}", key, most + 1)), HasSubstr("fetch." + key));
    if (least == 0) continue;
    EXPECT_THAT(Complaint(fmt::format("{}: {}", key, least - 1)), HasSubstr("fetch." + key));
  }
}

TEST(FetchOptionsTest, RefusesAnAbsurdValueOfEachNumberAndTime) {
  using google::protobuf::FieldDescriptor;
  const auto* descriptor = config::v1::Fetch::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor& field = *descriptor->field(i);
    std::string value = "18446744073709551615";
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32) value = "4294967295";
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) value = "{ seconds: 315576000000 }";
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING || field.name() == "sources" ||
        field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      continue;
    }
    EXPECT_THAT(Complaint(field.name() + ": " + value), HasSubstr("fetch." + field.name()));
  }
}

TEST(FetchOptionsTest, TakesTheLongestIntervalWhereThatIsShorterThanTheDefault) {
  const auto options = FetchOptions::Create(Config(R"(
    contact: "mail@example.org" source_interval_max { seconds: 3 } source_interval_min { seconds: 1 }
    sources { id: "a" feed: "https://news.example/rss" })"));
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->sources[0].interval, absl::Seconds(3));
}

TEST(FetchOptionsTest, TurnsRevisitsOff) {
  EXPECT_THAT(FetchOptions::Create(Config("revisit: false"))->revisits, IsEmpty());
}

TEST(FetchOptionsTest, NamesTheKeyTheValueAndTheRange) {
  EXPECT_THAT(
      Complaint("host_interval { seconds: 7200 }"),
      AllOf(HasSubstr("fetch.host_interval"), HasSubstr("2h"), HasSubstr("between 0 and 1h")));
  EXPECT_THAT(Complaint("transfers_max: 5000"),
              AllOf(HasSubstr("fetch.transfers_max is 5000"), HasSubstr("1000")));
  EXPECT_THAT(Complaint("transfers_max: 0"), HasSubstr("fetch.transfers_max is 0"));
  EXPECT_THAT(Complaint("robots_ttl { seconds: 172800 }"), HasSubstr("fetch.robots_ttl"));
  EXPECT_THAT(Complaint("robots_bytes_max: 1000"), HasSubstr("fetch.robots_bytes_max"));
  EXPECT_THAT(Complaint("buffered_bytes_max: 1000"), HasSubstr("fetch.buffered_bytes_max"));
  EXPECT_THAT(Complaint("retry_first { seconds: 60 } retry_max { seconds: 1 }"),
              HasSubstr("fetch.retry_max"));
  EXPECT_THAT(Complaint("revisits { seconds: 60 } revisits { seconds: 60 }"),
              HasSubstr("fetch.revisits"));
  EXPECT_THAT(Complaint("revisits { seconds: -60 }"), HasSubstr("fetch.revisits"));
  EXPECT_THAT(Complaint("allowed_private_networks: \"10.0.0.0/99\""), HasSubstr("10.0.0.0/99"));
}

TEST(FetchOptionsTest, WantsAContactWhereThereAreSources) {
  EXPECT_THAT(Complaint(R"(sources { id: "a" feed: "https://news.example/rss" })"),
              HasSubstr("fetch.contact"));
  for (const std::string contact : {R"(a\r\nX-Evil: 1)", R"(a\tb)", R"(a\177)"}) {
    EXPECT_THAT(Complaint("contact: \"" + contact + "\""), HasSubstr("fetch.contact"));
  }
  EXPECT_TRUE(FetchOptions::Create(Config(R"(contact: "~ tilde and blank")")).ok());
}

TEST(FetchOptionsTest, ChecksSources) {
  const auto with = [](const std::string& sources) {
    return Complaint("contact: \"mail@example.org\" " + sources);
  };
  EXPECT_THAT(with(R"(sources { id: "a b" feed: "https://news.example/" })"), HasSubstr("'a b'"));
  EXPECT_THAT(with(R"(sources { feed: "https://news.example/" })"), HasSubstr("the id ''"));
  EXPECT_THAT(with(fmt::format(R"(sources {{ id: "{}" feed: "https://news.example/" }})",
                               std::string(101, 'a'))),
              HasSubstr("the id"));
  const auto odd = FetchOptions::Create(Config(fmt::format(
      R"(contact: "m@example.org" sources {{ id: "{}" feed: "https://news.example/" }})",
      "azAZ09-_" + std::string(92, 'a'))));
  ASSERT_TRUE(odd.ok()) << odd.status();
  EXPECT_EQ(odd->sources[0].id.size(), 100U);
  EXPECT_THAT(with(R"(sources { id: "a" })"), HasSubstr("0 of feed, sitemap, page and section"));
  EXPECT_THAT(with(R"(sources { id: "a" feed: "https://x.example/" page: "https://x.example/" })"),
              HasSubstr("2 of feed, sitemap, page and section"));
  EXPECT_THAT(with(R"(sources { id: "a" feed: "news.example/rss" })"),
              HasSubstr("'news.example/rss'"));
  EXPECT_THAT(with(R"(sources { id: "a" feed: "ftp://news.example/rss" })"),
              HasSubstr("http or https"));
  EXPECT_THAT(
      with(R"(sources { id: "a" feed: "https://x.example/" interval { seconds: 999999 } })"),
      HasSubstr("the source a has the interval"));
  EXPECT_THAT(
      with(
          R"(sources { id: "a" feed: "https://x.example/" } sources { id: "a" feed: "https://y.example/" })"),
      HasSubstr("the id a twice"));
}

TEST(FetchOptionsTest, TakesSections) {
  const auto options = FetchOptions::Create(Config(R"(
    contact: "mail@example.org"
    sources { id: "a" section: "https://ministry.example/press/" }
    sources { id: "b" section: "https://ministry.example/news#top" links: "/news/20*/*"
              links: "//agency.example/**" links_except: "/news/*/archive" pages: 3 }
  )"));
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->sources[0].kind, data::v1::SOURCE_KIND_SECTION);
  EXPECT_THAT(options->sources[0].rules.links, IsEmpty());
  EXPECT_EQ(options->sources[0].pages_max, 1U);
  const SourceOptions& section = options->sources[1];
  EXPECT_EQ(section.url, "https://ministry.example/news");
  ASSERT_EQ(section.rules.links.size(), 2U);
  EXPECT_EQ(section.rules.links[1].text(), "//agency.example/**");
  ASSERT_EQ(section.rules.except.size(), 1U);
  EXPECT_EQ(section.pages_max, 3U);
}

TEST(FetchOptionsTest, ChecksSections) {
  const auto with = [](const std::string& source) {
    return Complaint("contact: \"mail@example.org\" sources { id: \"a\" " + source + " }");
  };
  const std::string section = "section: \"https://ministry.example/press/\" ";
  EXPECT_THAT(with(section + "links: \"press/*\""),
              AllOf(HasSubstr("the source a: links: 'press/*' does not begin with /"),
                    HasSubstr("\"/press/20*/*\"")));
  EXPECT_THAT(with(section + "links_except: \"\""),
              HasSubstr("the source a: links_except: '' is empty"));
  EXPECT_THAT(with(section + "pages: 0"), HasSubstr("has pages 0; it must be between 1 and 100"));
  EXPECT_THAT(with(section + "pages: 101"), HasSubstr("has pages 101"));
  for (const std::string key : {"links: \"/a/*\"", "links_except: \"/a/*\"", "pages: 2"}) {
    EXPECT_THAT(with("feed: \"https://ministry.example/rss\" " + key),
                HasSubstr("is no section, and links, links_except and pages are for one"));
  }
  std::string many = section;
  for (int i = 0; i < 17; ++i) many += "links: \"/a/*\" ";
  EXPECT_THAT(with(many), HasSubstr("has 17 patterns in links; at most 16"));
}

}  // namespace
}  // namespace sluice::fetch
