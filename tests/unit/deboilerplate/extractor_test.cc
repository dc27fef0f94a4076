#include "services/deboilerplate/extractor.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "services/deboilerplate/context.h"
#include "services/deboilerplate/text_page.h"
#include "tests/unit/deboilerplate/walked.h"

namespace sluice::deboilerplate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Story() {
  std::string html =
      "<html lang=en><head><title>Harbour reopens after the storm | The Pier</title>"
      "<meta property=og:site_name content='The Pier'>"
      "<meta property=article:published_time content=2024-05-03T09:30:00+02:00></head><body>"
      "<nav><ul><li><a href=/>Home</a><li><a href=/sea>Sea</a><li><a href=/land>Land</a></ul></nav>"
      "<main><article><h1>Harbour reopens after the storm</h1><p class=byline>By <a rel=author "
      "href=/ann>Ann Lee</a></p>";
  for (const char* topic :
       {"ferries", "fishing boats", "freighters", "pilots", "cranes", "lighthouse keepers"}) {
    html += fmt::format(
        "<p>The {0} of the town came back to the harbour on Friday morning, a day after the storm "
        "had passed, and the "
        "harbour master said that all {0} would be at work again by the end of the week.</p>",
        topic);
  }
  return html +
         "</article><aside class=related><h3>Related articles</h3><ul><li><a href=/1>Storm closes "
         "harbour</a><li><a href=/2>Ferry "
         "prices rise</a></ul></aside></main><footer><p>Copyright The Pier. All rights "
         "reserved.</p></footer></body></html>";
}

TEST(ExtractorTest, GivesTheStoryAndItsMetadata) {
  const auto extractor = *Extractor::Create({});
  const Article article = extractor->Extract(Story(), {.url = "https://pier.example/harbour"});
  EXPECT_EQ(article.title, "Harbour reopens after the storm");
  EXPECT_EQ(article.site, "The Pier");
  EXPECT_EQ(article.authors, std::vector<std::string>{"Ann Lee"});
  EXPECT_EQ(article.published->Format(), "2024-05-03T09:30:00+02:00");
  EXPECT_EQ(article.language, "en");
  EXPECT_EQ(article.kind, PageKind::kArticle);
  EXPECT_THAT(article.text, HasSubstr("The ferries of the town"));
  EXPECT_THAT(article.text, HasSubstr("The lighthouse keepers of the town"));
  EXPECT_THAT(article.text, Not(HasSubstr("Ferry prices")));
  EXPECT_THAT(article.text, Not(HasSubstr("rights reserved")));
  EXPECT_THAT(article.text, Not(HasSubstr("Harbour reopens after")));
}

TEST(ExtractorTest, RelativeAddressesAreMadeWhole) {
  const auto extractor = *Extractor::Create({});
  const auto read = [&extractor](std::string_view canonical, std::string_view url) {
    std::string html = Story();
    html.insert(html.find("</head>"),
                fmt::format("<link rel=canonical href='{}'><meta property=og:image content=/a.jpg>",
                            canonical));
    return extractor->Extract(html, {.url = url});
  };
  const Article article = read("/harbour", "https://pier.example/amp/harbour?x=1");
  EXPECT_EQ(article.canonical_url, "https://pier.example/harbour");
  EXPECT_EQ(article.image_url, "https://pier.example/a.jpg");
  EXPECT_EQ(read("//www.pier.example/h", "https://pier.example/").canonical_url,
            "https://www.pier.example/h");
  EXPECT_EQ(read("https://pier.example", "https://pier.example/x").canonical_url,
            "https://pier.example");
  EXPECT_EQ(read("/harbour", "").canonical_url, "/harbour");
}

// They hold far more prose than the story.
TEST(ExtractorTest, ReadersCommentsAndConsentGoHoweverLong) {
  std::string html = Story();
  std::string more = "<ol class=thread>";
  for (int i = 0; i < 40; ++i) {
    more += fmt::format(
        "<li id=comment-{0}><p>I was at the harbour on Friday as well, and the {0} boats that I "
        "saw "
        "there had all come through the storm better than anybody in our street would have "
        "thought.</p></li>",
        100 + i);
  }
  more += "</ol><div id=onetrust-sdk>";
  for (int i = 0; i < 40; ++i) {
    more += fmt::format(
        "<p>These {} cookies help the pages of this site to remember what you have chosen, and no "
        "page would work as well as it does for you without them.</p>",
        i);
  }
  html.insert(html.find("</main>"), more + "</div>");
  const Article article = (*Extractor::Create({}))->Extract(html, {});
  EXPECT_THAT(article.text, HasSubstr("The lighthouse keepers of the town"));
  EXPECT_THAT(article.text, Not(HasSubstr("in our street")));
  EXPECT_THAT(article.text, Not(HasSubstr("cookies")));
}

TEST(ExtractorTest, AHeadlineBehindAKickerIsNotInTheText) {
  std::string page = Story();
  const std::string heading = "<h1>Harbour reopens after the storm</h1>";
  page.replace(page.find(heading), heading.size(),
               "<h1><span>Islands</span> Harbour reopens after the storm</h1>");
  const Article article = (*Extractor::Create({}))->Extract(page, {});
  EXPECT_EQ(article.title, "Harbour reopens after the storm");
  EXPECT_THAT(article.text, Not(HasSubstr("Harbour reopens after")));
}

TEST(ExtractorTest, DatesOfTheFutureAreNotBelieved) {
  const auto extractor = *Extractor::Create({});
  const Article article =
      extractor->Extract(Story(), {.latest = absl::FromUnixSeconds(1'600'000'000)});
  EXPECT_FALSE(article.published.has_value());
}

TEST(ExtractorTest, NothingIsAnAnswerToo) {
  const auto extractor = *Extractor::Create({});
  for (const char* page : {"", "<", "<html>", "\xFF\xFE", "<!-- -->"}) {
    EXPECT_EQ(extractor->Extract(page, {}).kind, PageKind::kEmpty) << page;
  }
}

TEST(ExtractorTest, ExplainsEveryBlock) {
  const auto extractor = *Extractor::Create({});
  Extractor::Explanation why;
  extractor->Extract(Story(), {}, nullptr, &why);
  ASSERT_GT(why.blocks.size(), 10U);
  EXPECT_EQ(why.blocks[0].reason, Reason::kNavigation);
  size_t kept = 0;
  for (const auto& block : why.blocks) kept += block.kept ? 1 : 0;
  EXPECT_EQ(kept, 6U);
}

TEST(ExtractorTest, ManyThreadsGiveTheSame) {
  const auto extractor = *Extractor::Create({});
  const std::string page = Story();
  const std::string text = extractor->Extract(page, {}).text;
  std::vector<int> same(8);
  {
    std::vector<std::jthread> threads;
    threads.reserve(same.size());
    for (int& count : same) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) count += extractor->Extract(page, {}).text == text ? 1 : 0;
      });
    }
  }
  EXPECT_THAT(same, ::testing::Each(20));
}

TEST(ExtractorTest, APageWithoutMarkupIsReadLineByLine) {
  std::string html = "<html><head><title>Harbour reopens after the storm</title></head><body><pre>";
  html += "Home\nSea\nLand\n\nHarbour reopens after the storm\n\nBy Ann Lee\n\n";
  for (const char* topic : {"ferries", "freighters", "pilots", "cranes", "keepers"}) {
    html += fmt::format(
        "The {0} of the town came back to the harbour on Friday\nmorning, a day after the storm "
        "had "
        "passed, and the harbour\nmaster said that all {0} would be at work again soon.\n\n",
        topic);
  }
  html +=
      "Related articles\n\nStorm closes harbour\n\nFerry prices rise\n\nAll rights reserved</pre>";
  const Article article = (*Extractor::Create({}))->Extract(html, {});
  EXPECT_EQ(article.title, "Harbour reopens after the storm");
  EXPECT_THAT(article.text,
              HasSubstr("on Friday morning, a day after the storm had passed, and the "
                        "harbour master said that all keepers"));
  EXPECT_THAT(article.text, Not(HasSubstr("Home")));
  EXPECT_THAT(article.text, Not(HasSubstr("Ferry prices")));
  EXPECT_THAT(article.text, Not(HasSubstr("rights reserved")));
}

TEST(ExtractorTest, APageThatAScriptFillsIsReadFromItsLinkedData) {
  std::string body;
  for (const char* topic : {"ferries", "freighters", "pilots"}) {
    body += fmt::format(
        "The {0} of the town came back to the harbour on Friday morning, a day after the storm had "
        "passed, and the harbour master said that all {0} would be at work again soon.\\n\\n",
        topic);
  }
  const auto page = [&body](std::string_view free) {
    return fmt::format(
        "<title>Harbour reopens</title><script type=application/ld+json>{{\"@type\":"
        "\"NewsArticle\",\"headline\":\"Harbour reopens\",\"isAccessibleForFree\":{},"
        "\"articleBody\":\"{}\"}}</script><body><div id=root>Loading ...</div><footer>The "
        "Pier</footer>",
        free, body);
  };
  const auto extractor = *Extractor::Create({});
  const Article article = extractor->Extract(page("true"), {});
  EXPECT_EQ(article.title, "Harbour reopens");
  EXPECT_EQ(article.kind, PageKind::kArticle);
  EXPECT_EQ(std::count(article.text.begin(), article.text.end(), '\n'), 2);
  EXPECT_THAT(article.text, HasSubstr("The freighters of the town"));
  // What readers pay for is not taken from where they do not see it.
  EXPECT_THAT(extractor->Extract(page("false"), {}).text, Not(HasSubstr("freighters")));
}

TEST(ExtractorTest, ElementsOfAHeadingAreNoted) {
  const Walked walked("<h1><span>Harbour</span> Ships <em>leave</em></h1><p><b>Text</b></p>");
  std::vector<std::string> parts;
  for (const Hint& hint : walked.page.hints) {
    if (hint.kind == Hint::Kind::kHeadingPart) parts.push_back(hint.value);
  }
  EXPECT_EQ(parts, (std::vector<std::string>{"Harbour", "leave"}));
}

TEST(ExtractorTest, AHeadingThatIsNeverClosedHasFewElements) {
  std::string html = "<h1>";
  for (int i = 0; i < 100; ++i) html += "<div><span>Ships leave</span></div>";
  EXPECT_LT(Walked(html).page.hints.size(), 10U);
}

TEST(ExtractorTest, OptionsAreChecked) {
  const auto status = Extractor::Create({.bytes_max = 5}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("page_bytes_max is 5"));
}

// A model that was trained on other columns would judge by the wrong figures.
TEST(ExtractorTest, TheModelsHaveTheColumnsOfTheFeatures) {
  for (const bool plain : {false, true}) {
    Page page;
    ReadPlainText("One line.\nAnother line.", 10, page);
    page.plain_text = plain;
    Summarise(page);
    Witness witness;
    witness.Learn(page, {}, "");
    std::vector<float> row(BlockFeatures::kColumnsMax * BlockFeatures::kStride);
    const size_t own = BlockFeatures(page, witness, false).Write(0, row.data());
    EXPECT_EQ(own, (plain ? ShippedModels().text_first : ShippedModels().html_first).columns);
    const std::vector<float> guess(page.blocks.size());
    const size_t of_context = BlockContext(page, guess).Write(0, row.data());
    EXPECT_EQ(own + of_context,
              (plain ? ShippedModels().text_second : ShippedModels().html_second).columns);
  }
}

}  // namespace
}  // namespace sluice::deboilerplate
