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

TEST(PageKindTest, ABriefStoryAmongManyLinksIsAnArticleWhereThePageSaysSo) {
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
  EXPECT_EQ(KindOf(page(kArticle, "")), PageKind::kIndex);
  EXPECT_EQ(KindOf(page("", kDate)), PageKind::kIndex);
}

TEST(PageKindTest, EveryKindHasAName) {
  for (int kind = 0; kind <= static_cast<int>(PageKind::kEmpty); ++kind)
    EXPECT_FALSE(KindName(static_cast<PageKind>(kind)).empty());
}

}  // namespace
}  // namespace sluice::deboilerplate
