#include "services/feed/feed_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include <nlohmann/json.hpp>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "services/feed/feed_settings.h"
#include "tests/unit/feed/replica.h"

namespace sluice::feed {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kNasty[] =
    "</li><script>alert(1)</script>\" onload='x' & ]]> \x01 <!-- --> \xef\xbf\xbf";

// Parsed; the test fails where it is not well formed.
class Xml {
 public:
  explicit Xml(const std::string& text)
      : document_(xmlReadMemory(text.data(), static_cast<int>(text.size()), "feed.atom", nullptr,
                                XML_PARSE_NONET)) {
    EXPECT_NE(document_, nullptr) << text;
  }
  ~Xml() { xmlFreeDoc(document_); }

  // Text of every element of this name, in order; `attribute` instead where it is named.
  std::vector<std::string> All(const std::string& name, const char* attribute = nullptr) const {
    std::vector<std::string> found;
    Walk(xmlDocGetRootElement(document_), name, attribute, found);
    return found;
  }
  std::string root() const {
    const xmlNode* node = xmlDocGetRootElement(document_);
    return fmt::format("{{{}}}{}", reinterpret_cast<const char*>(node->ns->href),
                       reinterpret_cast<const char*>(node->name));
  }

 private:
  static void Walk(xmlNode* node, const std::string& name, const char* attribute,
                   std::vector<std::string>& found) {
    for (; node != nullptr; node = node->next) {
      if (node->type != XML_ELEMENT_NODE) continue;
      if (name == reinterpret_cast<const char*>(node->name)) {
        xmlChar* text =
            attribute == nullptr ? xmlNodeGetContent(node) : xmlGetProp(node, BAD_CAST attribute);
        found.emplace_back(text == nullptr ? "" : reinterpret_cast<char*>(text));
        xmlFree(text);
      }
      Walk(node->children, name, attribute, found);
    }
  }
  xmlDoc* document_;
};

class FeedPagesTest : public testing::Test {
 protected:
  http::Response Get(const std::string& path,
                     std::vector<std::pair<std::string, std::string>> query = {},
                     std::map<std::string, std::string, std::less<>> headers = {}) {
    for (const http::Route& route : pages_.Routes()) {
      if (route.path == path) return route.handler({path, std::move(query), std::move(headers)});
    }
    ADD_FAILURE() << "no route " << path;
    return {};
  }
  std::vector<std::string> Titles(std::vector<std::pair<std::string, std::string>> query = {}) {
    std::vector<std::string> all;
    const auto json = nlohmann::json::parse(Get("/feed.json", std::move(query)).body);
    for (const auto& item : json["items"]) all.push_back(item["title"]);
    return all;
  }
  // Items 1 to 3, of one cluster.
  void AppendAnArticleAndTwoCopies() {
    feed_.AppendAndPump(1, 1);
    for (const int number : {2, 3}) {
      auto copy = MakeItem(number);
      copy.set_cluster_id(IdOf(1));
      copy.set_event(data::v1::FEED_EVENT_COPIED);
      feed_.Append(copy);
    }
  }
  void AppendNasty() {
    auto item = MakeItem(1);
    item.mutable_envelope()->set_url("javascript:alert(1)");
    item.mutable_document()->set_title(kNasty);
    item.mutable_document()->set_text(kNasty);
    item.mutable_document()->set_site(kNasty);
    item.mutable_document()->set_language("\"><b>");
    item.mutable_document()->add_authors(kNasty);
    item.mutable_matches(0)->set_topic(kNasty);
    auto* facet = item.mutable_matches(0)->add_facets();
    facet->set_name("f");
    facet->add_values(kNasty);
    feed_.Append(item);
    feed_.Pump();
  }

  FeedHarness feed_;
  FeedPages pages_{{.title = "Fentanyl <policy>", .public_url = "https://news.example"},
                   feed_.store,
                   feed_.clock};
};

TEST_F(FeedPagesTest, AtomIsWellFormedAndHasWhatTheRfcAsksFor) {
  auto item = MakeItem(1);
  item.mutable_document()->add_authors("A. Writer");
  *item.mutable_document()->mutable_published() = base::ToProto(absl::FromUnixSeconds(1767500000));
  feed_.Append(item);
  feed_.AppendAndPump(2, 4);
  const http::Response response = Get("/feed.atom");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.content_type, HasSubstr("application/atom+xml"));
  const Xml xml(response.body);
  EXPECT_EQ(xml.root(), "{http://www.w3.org/2005/Atom}feed");
  EXPECT_EQ(xml.All("entry").size(), 5u);
  EXPECT_EQ(xml.All("id").size(), 6u);
  EXPECT_EQ(xml.All("updated").size(), 6u);
  EXPECT_EQ(xml.All("title").front(), "Fentanyl <policy>");
  EXPECT_EQ(xml.All("title").back(), "Story 1");
  EXPECT_EQ(xml.All("published").size(), 1u);
  EXPECT_EQ(xml.All("published").front(), "2026-01-04T04:13:20Z");
  EXPECT_THAT(xml.All("name"), testing::Contains("A. Writer"));
  EXPECT_THAT(xml.All("name"), testing::Contains("news.example"));  // Where there is no author.
  EXPECT_THAT(xml.All("link", "href"), testing::Contains("https://news.example/feed.atom"));
  EXPECT_THAT(xml.All("link", "href"), testing::Contains("https://news.example/1"));
  EXPECT_THAT(xml.All("id"), testing::Each(testing::MatchesRegex("(https|urn:uuid):.*")));
}

TEST_F(FeedPagesTest, AnEmptyFeedIsAFeed) {
  const Xml xml(Get("/feed.atom").body);
  EXPECT_EQ(xml.All("updated").size(), 1u);
  EXPECT_EQ(nlohmann::json::parse(Get("/feed.json").body)["items"].size(), 0u);
  EXPECT_THAT(Get("/").body, HasSubstr("Nothing has come in yet"));
}

TEST_F(FeedPagesTest, JsonFeedHasWhatItsVersionAsksFor) {
  feed_.AppendAndPump(1, 3);
  const http::Response response = Get("/feed.json");
  EXPECT_THAT(response.content_type, HasSubstr("application/feed+json"));
  const auto json = nlohmann::json::parse(response.body);
  EXPECT_EQ(json["version"], "https://jsonfeed.org/version/1.1");
  EXPECT_EQ(json["title"], "Fentanyl <policy>");
  EXPECT_EQ(json["feed_url"], "https://news.example/feed.json");
  ASSERT_EQ(json["items"].size(), 3u);
  const auto& newest = json["items"][0];
  EXPECT_EQ(newest["id"], IdOf(3));
  EXPECT_EQ(newest["url"], "https://news.example/3");
  EXPECT_EQ(newest["title"], "Story 3");
  EXPECT_TRUE(newest["content_text"].is_string());
  EXPECT_EQ(newest["date_modified"], "2026-01-05T08:00:03Z");
  EXPECT_EQ(newest["language"], "en");
  EXPECT_EQ(newest["_sluice"]["score"], 0.9);
  EXPECT_TRUE(feed_.store.Resume(newest["_sluice"]["cursor"].get<std::string>()).ok());
}

TEST_F(FeedPagesTest, EverythingFromAPageIsEscaped) {
  AppendNasty();
  const std::string page = Get("/").body;
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("javascript:")));
  EXPECT_THAT(page, Not(HasSubstr("\" onload")));
  EXPECT_THAT(page, Not(HasSubstr("lang=\"\"><b>")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)"));
  const Xml xml(Get("/feed.atom").body);
  EXPECT_EQ(xml.All("entry").size(), 1u);
  EXPECT_THAT(xml.All("summary").front(),
              HasSubstr("<script>alert(1)</script>\" onload='x' & ]]>"));
  EXPECT_THAT(xml.All("link", "href"), testing::Each(Not(HasSubstr("javascript"))));
  const auto json = nlohmann::json::parse(Get("/feed.json").body);
  EXPECT_THAT(json["items"][0]["title"].get<std::string>(), HasSubstr("<script>alert(1)</script>"));
  EXPECT_FALSE(json["items"][0].contains("url"));
}

TEST_F(FeedPagesTest, ThePageIsServedUnderAPolicyThatAllowsNothingInline) {
  for (const char* path : {"/", "/live.js", "/live.css", "/feed.json"}) {
    const http::Response response = Get(path);
    EXPECT_THAT(response.headers.at("Content-Security-Policy"), HasSubstr("default-src 'none'"));
    EXPECT_EQ(response.headers.at("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(response.headers.at("Referrer-Policy"), "no-referrer");
  }
  EXPECT_THAT(Get("/").content_type, HasSubstr("text/html"));
  EXPECT_THAT(Get("/live.js").content_type, HasSubstr("text/javascript"));
  EXPECT_THAT(Get("/live.css").content_type, HasSubstr("text/css"));
  EXPECT_EQ(Get("/").headers.at("Cache-Control"), "no-cache") << "what comes next is to be seen";
  const std::string page = Get("/").body;
  EXPECT_THAT(page, Not(HasSubstr("<style")));
  EXPECT_THAT(page, Not(HasSubstr(" style=")));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_THAT(page, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(std::string(kLiveScript), Not(HasSubstr("innerHTML")));
}

TEST_F(FeedPagesTest, ShowsTheNewestEventOfAnArticleAndNoneThatWasRetracted) {
  feed_.AppendAndPump(1, 3);
  auto update = MakeItem(11);
  update.set_article_id(IdOf(1));
  update.set_cluster_id(IdOf(1));
  update.set_event(data::v1::FEED_EVENT_UPDATED);
  update.set_revision(2);
  update.mutable_document()->set_title("Story 1, corrected");
  feed_.Append(update);
  auto retraction = MakeItem(12);
  retraction.set_article_id(IdOf(2));
  retraction.set_event(data::v1::FEED_EVENT_RETRACTED);
  feed_.Append(retraction);
  auto copy = MakeItem(13);
  copy.set_cluster_id(IdOf(3));
  copy.set_event(data::v1::FEED_EVENT_COPIED);
  feed_.Append(copy);
  feed_.Pump();
  EXPECT_THAT(Titles({{"copies", "0"}}), testing::ElementsAre("Story 1, corrected", "Story 3"));
  EXPECT_THAT(Titles({{"copies", "1"}}),
              testing::ElementsAre("Story 13", "Story 1, corrected", "Story 3"));
  EXPECT_THAT(Get("/").body, HasSubstr("updated</span>"));
}

TEST_F(FeedPagesTest, ShowsACopyWhereTheArticleWasRetractedUnderIt) {
  AppendAnArticleAndTwoCopies();
  auto event = MakeItem(4);
  event.set_article_id(IdOf(1));
  event.set_cluster_id(IdOf(1));
  event.set_event(data::v1::FEED_EVENT_RETRACTED);
  const auto titles = [&] {
    feed_.Pump();
    return Titles();
  };
  EXPECT_THAT(titles(), testing::ElementsAre("Story 1"));
  feed_.Append(event);
  EXPECT_THAT(titles(), testing::ElementsAre("Story 3"));
  // It is allowed again, and is now one of several.
  event.set_event(data::v1::FEED_EVENT_COPIED);
  feed_.Append(event);
  EXPECT_THAT(titles(), testing::ElementsAre("Story 3"));
}

TEST_F(FeedPagesTest, ShowsTheArticleWhereOneOfItsCopiesWasRetracted) {
  AppendAnArticleAndTwoCopies();
  auto retraction = MakeItem(4);
  retraction.set_article_id(IdOf(2));
  retraction.set_cluster_id(IdOf(1));
  retraction.set_event(data::v1::FEED_EVENT_RETRACTED);
  feed_.Append(retraction);
  feed_.AppendAndPump(5, 1);
  EXPECT_THAT(Titles({{"limit", "10"}}), testing::ElementsAre("Story 5", "Story 1"));
  EXPECT_THAT(Titles({{"limit", "2"}}), testing::ElementsAre("Story 5", "Story 1"));
  EXPECT_THAT(Titles({{"limit", "1"}}), testing::ElementsAre("Story 5"));
}

TEST_F(FeedPagesTest, ShowsTheArticleWhereOneOfItsCopiesWasUpdated) {
  const auto append = [&](int number, int article, data::v1::FeedEvent event) {
    auto item = MakeItem(number);
    item.set_article_id(IdOf(article));
    item.set_cluster_id(IdOf(1));
    item.set_event(event);
    feed_.Append(item);
  };
  const auto titles = [&] {
    feed_.Pump();
    return Titles();
  };
  AppendAnArticleAndTwoCopies();
  append(4, 2, data::v1::FEED_EVENT_UPDATED);
  append(5, 2, data::v1::FEED_EVENT_UPDATED);
  EXPECT_THAT(titles(), testing::ElementsAre("Story 1"));
  EXPECT_THAT(Titles({{"limit", "1"}}), testing::ElementsAre("Story 1"));
  EXPECT_THAT(Titles({{"copies", "1"}}), testing::ElementsAre("Story 5", "Story 3", "Story 1"));
  append(6, 1, data::v1::FEED_EVENT_RETRACTED);
  EXPECT_THAT(titles(), testing::ElementsAre("Story 5"));
  // Published when no article of the cluster was shown: it is no copy.
  append(7, 7, data::v1::FEED_EVENT_PUBLISHED);
  append(8, 7, data::v1::FEED_EVENT_UPDATED);
  append(9, 2, data::v1::FEED_EVENT_UPDATED);
  EXPECT_THAT(titles(), testing::ElementsAre("Story 8"));
}

TEST_F(FeedPagesTest, TakesLimitsAndFiltersAndSaysWhatItDoesNotUnderstand) {
  feed_.AppendAndPump(1, 30);
  const auto count = [&](std::vector<std::pair<std::string, std::string>> query) {
    return nlohmann::json::parse(Get("/feed.json", std::move(query)).body)["items"].size();
  };
  EXPECT_EQ(count({{"limit", "7"}}), 7u);
  EXPECT_EQ(count({{"limit", "1"}}), 1u);
  EXPECT_EQ(count({{"limit", "100000"}}), 30u);
  EXPECT_EQ(count({{"language", "de"}}), 0u);
  EXPECT_EQ(count({{"language", "de"}, {"language", "en"}}), 30u);
  EXPECT_EQ(count({{"topic", "fentanyl-policy"}, {"score_min", "0.5"}}), 30u);
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"limit", "x"},
                                                        {"limit", "0"},
                                                        {"colour", "red"},
                                                        {"facet", "tariff"},
                                                        {"score_min", "7"}}) {
    EXPECT_EQ(Get("/feed.json", {{name, value}}).status, 400) << name;
  }
  EXPECT_THAT(Get("/", {{"colour", "red"}}).body, HasSubstr("colour=red"));
}

TEST_F(FeedPagesTest, AnswersNotModifiedToWhoHasItAlready) {
  feed_.AppendAndPump(1, 3);
  const http::Response first = Get("/feed.json");
  const http::Response second =
      Get("/feed.json", {}, {{"if-none-match", first.headers.at("ETag")}});
  EXPECT_EQ(second.status, 304);
  EXPECT_TRUE(second.body.empty());
  feed_.AppendAndPump(4, 1);
  EXPECT_EQ(Get("/feed.json", {}, {{"if-none-match", first.headers.at("ETag")}}).status, 200);
}

// RFC 9110, 13.1.2: any one of a list, strong or weak, or whatever there is.
TEST_F(FeedPagesTest, UnderstandsEveryFormOfWhatAReaderHas) {
  feed_.AppendAndPump(1, 3);
  const std::string tag = Get("/feed.json").headers.at("ETag");
  const std::string strong = tag.substr(2);
  for (const std::string& has : {"\"a\", " + tag, tag + " , W/\"b\"", strong, std::string("*")}) {
    EXPECT_EQ(Get("/feed.json", {}, {{"if-none-match", has}}).status, 304) << has;
  }
  for (const std::string has : {"", "\"*\"", "W/\"a\""}) {
    EXPECT_EQ(Get("/feed.json", {}, {{"if-none-match", has}}).status, 200) << has;
  }
}

// The server may compress it, so that the bytes are not those of the tag.
TEST_F(FeedPagesTest, TagsWhatMayBeSentInDifferentBytesAsWeak) {
  for (const char* path : {"/", "/feed.json", "/feed.atom"}) {
    EXPECT_EQ(Get(path).headers.at("ETag").substr(0, 3), "W/\"") << path;
  }
}

TEST_F(FeedPagesTest, LetsEachTextHaveItsDirection) {
  AppendNasty();
  const std::string page = Get("/").body;
  EXPECT_THAT(page, HasSubstr("<h2 dir=\"auto\""));
  EXPECT_THAT(page, HasSubstr("<p class=\"excerpt\" dir=\"auto\""));
  for (const char* text : {"h2", "excerpt"}) {
    EXPECT_THAT(std::string(kLiveScript), HasSubstr(std::string(text) + ".dir = \"auto\""));
  }
}

TEST_F(FeedPagesTest, IsUnavailableWhileTheFeedStarts) {
  feed_.replica.Close();
  const http::Response response = Get("/");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.headers.at("Retry-After"), "5");
}

TEST(ExcerptTest, CutsBetweenWordsAndNeverInsideACharacter) {
  EXPECT_EQ(Excerpt("one two", 100), "one two");
  EXPECT_EQ(Excerpt("  one\n\ntwo\tthree  ", 100), "one two three");
  EXPECT_EQ(Excerpt("one two three", 9), "one two…");
  EXPECT_EQ(Excerpt("芬太尼政策", 7), "芬太…");
  EXPECT_EQ(Excerpt("", 7), "");
  for (size_t bytes = 1; bytes < 40; ++bytes) {
    const std::string cut = Excerpt("Überdosis, обзор, 芬太尼, naïve 🙂🙂", bytes);
    EXPECT_EQ(cut, nlohmann::json::parse(nlohmann::json(cut).dump()).get<std::string>());
  }
}

TEST(FeedSettingsTest, HasDefaultsAndNamesWhatIsOutOfRange) {
  auto settings = FeedSettings::From({});
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->stage.retention, absl::Hours(24 * 30));
  EXPECT_EQ(settings->outcomes.retention, absl::Hours(24 * 14));
  config::v1::Feed config;
  config.mutable_retention()->set_seconds(5);
  EXPECT_THAT(std::string(base::ToStd(FeedSettings::From(config).status().message())),
              HasSubstr("feed.retention is 5s"));
  config.Clear();
  config.set_public_url("news.example");
  EXPECT_THAT(std::string(base::ToStd(FeedSettings::From(config).status().message())),
              HasSubstr("news.example"));
  config.set_public_url("https://news.example/");
  EXPECT_EQ(FeedSettings::From(config)->pages.public_url, "https://news.example");
  config.set_public_url("ftp://news.example/");
  EXPECT_FALSE(FeedSettings::From(config).ok());
}

TEST(FeedSettingsTest, TakesEachKeyForItsOwnOptionDownToItsLeast) {
  config::v1::Feed config;
  config.mutable_retention()->set_seconds(3600);
  config.set_retention_bytes(1 << 20);
  config.mutable_outcome_retention()->set_seconds(86'400);
  config.set_ring_bytes(3);
  config.set_subscribers_max(4);
  config.mutable_write_time_max()->set_seconds(1);
  config.set_title("Harbour news");
  const auto settings = FeedSettings::From(config);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->stage.retention, absl::Hours(1));
  EXPECT_EQ(settings->stage.retention_bytes, 1U << 20);
  EXPECT_EQ(settings->outcomes.retention, absl::Hours(24));
  EXPECT_EQ(settings->store.ring_bytes_max, 3U);
  EXPECT_EQ(settings->rpc.subscribers_max, 4U);
  EXPECT_EQ(settings->rpc.subscriber.write_time_max, absl::Seconds(1));
  EXPECT_EQ(settings->pages.title, "Harbour news");
  const auto complaint = [&](void (*spoil)(config::v1::Feed&)) {
    config::v1::Feed spoiled = config;
    spoil(spoiled);
    return std::string(base::ToStd(FeedSettings::From(spoiled).status().message()));
  };
  EXPECT_THAT(complaint([](auto& f) { f.mutable_retention()->set_seconds(3599); }),
              HasSubstr("feed.retention is 59m59s"));
  EXPECT_THAT(complaint([](auto& f) { f.set_retention_bytes((1 << 20) - 1); }),
              HasSubstr("feed.retention_bytes is 1048575"));
  EXPECT_THAT(complaint([](auto& f) { f.mutable_outcome_retention()->set_seconds(86'399); }),
              HasSubstr("feed.outcome_retention is 23h59m59s"));
  EXPECT_THAT(complaint([](auto& f) { f.mutable_write_time_max()->set_seconds(0); }),
              HasSubstr("feed.write_time_max is 0"));
}

}  // namespace
}  // namespace sluice::feed
