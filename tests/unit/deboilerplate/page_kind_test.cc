#include "services/deboilerplate/page_kind.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "services/deboilerplate/extractor.h"

namespace sluice::deboilerplate {
namespace {

PageKind KindOf(std::string_view html, std::string_view url = "https://example.org/story") {
  return (*Extractor::Create({}))->Extract(html, {.url = url, .content_type = "text/html"}).kind;
}

std::string ManyLinks() {
  std::string list = "<ul>";
  for (int i = 0; i < 120; ++i)
    list += fmt::format("<li><a href=/{}>Town council meets about the harbour</a>", i);
  return list + "</ul>";
}

TEST(PageKindTest, ErrorPagesAreTold) {
  EXPECT_EQ(KindOf("<title>404 Not Found</title><h1>Page not found</h1><p>Sorry, the page you were "
                   "looking for is not here any more.</p>"),
            PageKind::kErrorPage);
}

TEST(PageKindTest, BlocksMovesAndLostPagesAreErrorsInOtherWordsToo) {
  const auto page = [](std::string_view title, std::string_view text) {
    return fmt::format("<title>{0}</title><h1>{0}</h1><p>{1}</p>", title, text);
  };
  EXPECT_EQ(KindOf(page("Oops!",
                        "We can\u2019t seem to find the page you\u2019re looking for. It may have "
                        "been moved to another place, so try the search above or go back to the "
                        "front page and begin from there.")),
            PageKind::kErrorPage);
  EXPECT_EQ(KindOf(page("Sorry, you have been blocked",
                        "This site uses a service to protect itself from attacks. What you just "
                        "did has triggered it. Write to the owner of the site, tell them what you "
                        "were doing, and name the number that stands at the end of this page.")),
            PageKind::kErrorPage);
  EXPECT_EQ(KindOf(page("Harbour News",
                        "Die Seite wurde nicht gefunden. Bitte pr\u00FCfen Sie die Adresse oder "
                        "gehen Sie zur\u00FCck zur Startseite, von der aus Sie alle Artikel der "
                        "letzten zehn Jahre erreichen k\u00F6nnen, auch die aus dem Archiv.")),
            PageKind::kErrorPage);
}

std::string Brief(std::string_view title, std::string_view head = "",
                  std::string_view behind = "") {
  return fmt::format(
      "<head><title>{0}</title>{1}</head><body><article><h1>{0}</h1><p>The harbour office said on "
      "Monday that three boats had been turned away in May, because their papers did not name the "
      "owner. It will look at its rules in the autumn, and a hearing is set for the ninth of "
      "September in the old customs hall.</p>{2}</article></body>",
      title, head, behind);
}

TEST(PageKindTest, BriefStoriesMayHaveTheWordsOfErrorsInTheirHeadlines) {
  for (const char* title : {"Boats denied access, report says: forbidden cargo not found",
                            "Harbour Bill 404 passes "
                            "by a vote",
                            "Pier access denied to three boats in May"}) {
    EXPECT_EQ(KindOf(Brief(title)), PageKind::kArticle) << title;
  }
  EXPECT_EQ(KindOf(Brief("Boats not found",
                         R"(<script type="application/ld+json">{"@type":"NewsArticle","headline":)"
                         R"("Boats not found","datePublished":"2026-06-01"}</script>)")),
            PageKind::kArticle);
}

TEST(PageKindTest, AskingForSupportIsNoPaywall) {
  EXPECT_EQ(KindOf(Brief("Boats turned away", "",
                         "<div><p>Become a member to support our work, which is free for "
                         "everybody.</p></div>")),
            PageKind::kArticle);
  EXPECT_EQ(KindOf(Brief("Boats turned away", "",
                         "<div><p>This story is only for members. Choose a plan to read the "
                         "rest.</p></div>")),
            PageKind::kPaywallTeaser);
}

TEST(PageKindTest, WhoLivesSomewhereIsNoLiveBlog) {
  std::string html = Brief("People who live on boats");
  for (int i = 0; i < 12; ++i) {
    html += fmt::format(
        "<p>The {} family moved onto its boat in the spring, and says that it would not go back to "
        "a house, because rents in the town have doubled since the bridge was opened and a berth "
        "costs no more than a parked car does.</p>",
        i);
  }
  EXPECT_EQ(KindOf(html, "https://example.org/news/people-who-live-on-boats"), PageKind::kArticle);
  EXPECT_EQ(KindOf(html, "https://example.org/news/live/boats"), PageKind::kLiveBlog);
}

TEST(PageKindTest, ConsentWallsAreTold) {
  EXPECT_EQ(KindOf("<title>Before you go on</title><div><h1>Your privacy</h1><p>We and our "
                   "partners use cookies. By accepting all cookies you "
                   "agree to our privacy policy and our terms.</p><p>Accept cookies. Manage cookie "
                   "preferences. Privacy policy.</p></div>"),
            PageKind::kConsentWall);
}

TEST(PageKindTest, ListsOfLinksAreAnIndex) {
  EXPECT_EQ(KindOf("<title>News</title>" + ManyLinks(), "https://example.org/"), PageKind::kIndex);
}

TEST(PageKindTest, BoxesBetweenParagraphsMakeNoIndex) {
  std::string html = "<title>Storm over - The Pier</title><h1>Storm over</h1>";
  for (const char* who : {"pilots", "cooks", "divers", "smiths", "sailors", "painters"}) {
    html += fmt::format(
        "<p>The {0} of the town came back to work on Friday, a day after the storm had passed, and "
        "said that they had never seen the harbour as empty as on the morning after it.</p>"
        "<div class=box><h4><a href=/{0}>Storm over, {0} return</a></h4></div>",
        who);
  }
  EXPECT_EQ(KindOf(html), PageKind::kArticle);
}

TEST(PageKindTest, ABriefStoryAmongManyLinksIsAnArticleWhateverThePageSays) {
  const std::string menu = ManyLinks();
  const auto page = [&menu](std::string_view head, std::string_view date) {
    return fmt::format(
        "<head><title>Ferry back in service</title>{}</head><body>{}<article><h1>Ferry back in "
        "service</h1>{}<p>The ferry to the northern islands sails again since Monday, the harbour "
        "office said. It had been in the yard for eleven weeks, because a bearing of its only "
        "engine had broken in a storm in late August.</p></article></body>",
        head, menu, date);
  };
  constexpr char kArticle[] = R"(<meta property="og:type" content="Article">)";
  constexpr char kDate[] = R"(<time datetime="2026-11-16T09:00:00Z">16 November 2026</time>)";
  EXPECT_EQ(KindOf(page(kArticle, kDate)), PageKind::kArticle);
  EXPECT_EQ(KindOf(page(kArticle, "")), PageKind::kArticle);
  EXPECT_EQ(KindOf(page("", kDate)), PageKind::kArticle);
}

TEST(PageKindTest, EveryKindHasAName) {
  for (int kind = 0; kind <= static_cast<int>(PageKind::kEmpty); ++kind)
    EXPECT_FALSE(KindName(static_cast<PageKind>(kind)).empty());
}

}  // namespace
}  // namespace sluice::deboilerplate
