#include "services/deboilerplate/html_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/deboilerplate/walked.h"

namespace sluice::deboilerplate {
namespace {

TEST(DomWalkTest, InlineTagsNeitherAddNorLoseSpaces) {
  const Walked walked("<p>One<b>two</b> <i>three</i>\n four<span>.</span></p>");
  EXPECT_EQ(walked.Text(0), "Onetwo three four.");
}

TEST(DomWalkTest, BlanksCountWithinBlocksAlone) {
  const Walked walked("<div> <p> a <b>b</b> <i>c</i> </p> <p>d</p> <img> e <div>f</div> g </div>");
  ASSERT_EQ(walked.page.blocks.size(), 5U);
  EXPECT_EQ(walked.Text(0), "a b c");
  EXPECT_EQ(walked.Text(2), "e");
  EXPECT_EQ(walked.Text(4), "g");
  EXPECT_EQ(Walked("<pre><p>a</p>\n\n<p>b").page.blocks.size(), 2U);
}

TEST(DomWalkTest, UnknownElementsInALineDoNotEndIt) {
  const Walked walked(
      "<p>The <x-org>Senate</x-org> <x-chron>on <b>Friday</b></x-chron>, in <st1:place>Boston"
      "</st1:place><o:p></o:p>.</p><p><b><x-place>Oslo</x-place></b> is wet.</p>"
      "<div>So is <x-place>Bergen</x-place>.</div>");
  ASSERT_EQ(walked.page.blocks.size(), 3U);
  EXPECT_EQ(walked.Text(0), "The Senate on Friday, in Boston.");
  EXPECT_EQ(walked.Text(1), "Oslo is wet.");
  EXPECT_EQ(walked.Text(2), "So is Bergen.");
}

TEST(DomWalkTest, UnknownElementsElsewhereAreBlocks) {
  const Walked walked(
      "<x-cards> <x-card>One</x-card> <x-card>Two</x-card><a href=/><x-title>Three</x-title>"
      "<x-note>Four</x-note></a></x-cards>");
  EXPECT_EQ(walked.page.blocks.size(), 4U);
}

TEST(DomWalkTest, BreaksEndABlockAfterASentenceOnly) {
  const Walked walked("<div>Roses are red<br>violets too.<br>Next one<br><br>last</div>");
  ASSERT_EQ(walked.page.blocks.size(), 3U);
  EXPECT_EQ(walked.Text(0), "Roses are red\nviolets too.");
  EXPECT_EQ(walked.Text(1), "Next one");
}

TEST(DomWalkTest, ScriptsStylesAndFormsFieldsAreNoText) {
  const Walked walked(
      "<p>a<script>b</script><style>c</style><select><option>d</select><textarea>e</textarea></p>");
  EXPECT_EQ(walked.Text(0), "a");
}

TEST(DomWalkTest, AShadowRootIsWhatReadersSeeOfItsHost) {
  const Walked walked(
      "<x-story><template shadowrootmode=open><style>p{}</style><p>a<template><p>never</template>"
      "</p><x-note><template ShadowRootMode='closed'><p>b</p></template></x-note></template>"
      "<p>c</p></x-story><template><p>never</p></template><p>d</p>");
  ASSERT_EQ(walked.page.blocks.size(), 4U);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(walked.Text(i), std::string(1, "abcd"[i]));
}

TEST(DomWalkTest, NavigationIsDroppedUnlessItHoldsTheProse) {
  const std::string prose =
      "<p>This is a sentence of more than ten words, which makes it prose to the walk.</p>";
  const Walked menu("<nav><a href=/>Home</a></nav>" + prose);
  EXPECT_TRUE(menu.page.blocks[0].hard_dropped);
  EXPECT_FALSE(menu.page.blocks[1].hard_dropped);
  const Walked story("<nav>" + prose + "</nav>");
  EXPECT_FALSE(story.page.blocks[0].hard_dropped);
}

TEST(DomWalkTest, LinkBytesAreCounted) {
  const Walked walked("<p><a href=x>linked</a> plain</p>");
  EXPECT_EQ(walked.page.blocks[0].link_bytes, 6U);
}

TEST(DomWalkTest, LinksAndDatesAreToldByAnyOfTheirWords) {
  const Walked walked(
      "<link rel='Canonical nofollow' href=/ferry><h1>Ferry</h1><span property='dc:date "
      "dc:created' "
      "content=2024-05-13T10:00:00-04:00>Monday</span><b property=dc:title content=Ferry></b>"
      "<i itemprop='name datePublished' content=2024-05-14>today</i>");
  std::vector<std::string> said;
  for (const Hint& hint : walked.page.hints) {
    if (hint.kind == Hint::Kind::kCanonical || hint.kind == Hint::Kind::kTime)
      said.push_back(hint.value);
  }
  EXPECT_EQ(said, (std::vector<std::string>{"/ferry", "2024-05-13T10:00:00-04:00", "2024-05-14"}));
}

TEST(HtmlParserTest, OfDuplicateAttributesTheFirstCounts) {
  const Walked walked("<html lang=de lang=fr><p>x");
  bool found = false;
  for (const Hint& hint : walked.page.hints) {
    if (hint.kind != Hint::Kind::kHtmlLang) continue;
    EXPECT_EQ(hint.value, "de");
    found = true;
  }
  EXPECT_TRUE(found);
}

// What stands between the texts is passed over; wrongly done it swallows or shows something.
TEST(HtmlParserTest, RawTextEndsWhereTheStandardHasIt) {
  const auto text = [](std::string_view html) {
    const Walked walked(html);
    std::string out;
    for (size_t i = 0; i < walked.page.blocks.size(); ++i) out += walked.Text(i) + "|";
    return out;
  };
  EXPECT_EQ(text("<p>a<script>if (x < y && y </scripted) z</SCRIPT >b"), "ab|");
  EXPECT_EQ(text("<p>a<script><!-- <script> </script> --></script>b"), "ab|");
  EXPECT_EQ(text("<p>a<script><!-- x </script>b"), "ab|");
  EXPECT_EQ(text("<p>a<script><!-- x --> y </script>b"), "ab|");
  EXPECT_EQ(text("<p>a<script><!-- <scripts> </script>b"), "ab|");
  EXPECT_EQ(text("<p>a<script><!-- <script> --> </script>b"), "ab|");
  EXPECT_EQ(text("<p>a<script><script> </script>b"), "ab|");
  EXPECT_EQ(text("<p>a<style>p { } </styles> </style/>b"), "ab|");
  EXPECT_EQ(text("<p>a<noscript><p>b</p></noscript>c<iframe><p>d</iframe>e"), "ace|");
  EXPECT_EQ(text("<p>a<script>never closed <p>b"), "a|");
  EXPECT_EQ(text("<p>a<style>"), "a|");
  EXPECT_EQ(text("<p>a<script>x</"), "a|");
}

TEST(HtmlParserTest, DrawingsAreNoText) {
  const auto text = [](std::string_view html) {
    const Walked walked(html);
    return walked.page.blocks.empty() ? std::string() : walked.Text(0);
  };
  EXPECT_EQ(text("<p>a<svg><title>b</title><path d=''/></svg>c"), "ac");
  EXPECT_EQ(text("<p>a<svg><svg><text>b</text></svg>c</svg>d"), "ad");
  EXPECT_EQ(text("<p>a<svg/>b"), "ab");
  EXPECT_EQ(text("<p>a<svg><g><!-- </svg> --><text>b</text></g></SVG >c"), "ac");
  EXPECT_EQ(text("<span>a<svg><g><p>b"), "a");  // A paragraph ends the drawing.
  EXPECT_EQ(text("<p>a<svg><path>"), "a");
}

TEST(HtmlParserTest, CapsAreSaid) {
  std::string deep;
  for (int i = 0; i < 2000; ++i) deep += "<div>";
  const Walked walked(deep + "text");
  EXPECT_TRUE(walked.truncated());
  EXPECT_LE(walked.page.nodes.size(), 513U);
  std::string many;
  for (int i = 0; i < 500; ++i) many += "<p>x";
  EXPECT_TRUE(Walked(many, {.elements_max = 100}).truncated());
  EXPECT_FALSE(Walked(many).truncated());
}

TEST(HtmlParserTest, ADocumentIsReusedWithoutTraces) {
  HtmlParser parser;
  RolesCache roles;
  Page page;
  for (int i = 0; i < 600; ++i) {
    const std::string html = "<p class=c" + std::to_string(i) + ">page " + std::to_string(i);
    WalkDocument(*parser.Parse(html), WalkCaps(), roles, page);
    ASSERT_EQ(page.blocks.size(), 1U);
    ASSERT_EQ(page.TextOf(page.blocks[0]), "page " + std::to_string(i));
  }
}

}  // namespace
}  // namespace sluice::deboilerplate
