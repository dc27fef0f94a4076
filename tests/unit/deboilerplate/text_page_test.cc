#include "services/deboilerplate/text_page.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/deboilerplate/walked.h"

namespace sluice::deboilerplate {
namespace {

TEST(TextPageTest, EmptyLinesPartParagraphs) {
  Page page;
  ReadPlainText("one\r\ntwo\n\n\nthree", 10, page);
  ASSERT_EQ(page.blocks.size(), 3U);
  EXPECT_FALSE(page.blocks[0].after_break);
  EXPECT_TRUE(page.blocks[1].after_break);
  EXPECT_FALSE(page.blocks[2].after_break);
}

TEST(TextPageTest, APageWhoseTextStandsInOneElementLacksMarkup) {
  const std::string lines = "Home<br>News<br>The ferry is late.<br><br>It left at noon.<br>Contact";
  EXPECT_TRUE(LacksMarkup(Walked("<body>" + lines).page));
  EXPECT_TRUE(LacksMarkup(Walked("<table><tr><td><font size=2>" + lines + "</table>").page));
  EXPECT_TRUE(LacksMarkup(Walked("<h1>Ferry</h1><pre>Home\nNews\nThe ferry is late.\nBye").page));
}

TEST(TextPageTest, APageOfElementsHasMarkup) {
  EXPECT_FALSE(LacksMarkup(Walked("").page));
  EXPECT_FALSE(LacksMarkup(Walked("<p>One<p>two<p>three<p>four<p>five").page));
  EXPECT_FALSE(LacksMarkup(Walked("<p>The ferry is late, and nobody on the pier knows why.").page));
  EXPECT_FALSE(LacksMarkup(Walked("<ul><li>Home<li>News<li>Sport</ul><div>The<br>ferry<br>is<br>"
                                  "late</div><ul><li>Contact<li>Imprint</ul>")
                               .page));
}

TEST(TextPageTest, APageWithoutMarkupIsTakenLineByLineAndKeepsItsHead) {
  Walked walked(
      "<title>Late ferry</title><script type=application/ld+json>{}</script><body>Home<br>The "
      "ferry<br>is late<br>today.<br>Contact");
  Page& page = walked.page;
  EXPECT_LT(page.blocks.size(), 5U);
  ReplaceText(LinesOf(page), 100, page);
  EXPECT_TRUE(page.plain_text);
  ASSERT_EQ(page.blocks.size(), 5U);
  EXPECT_EQ(walked.Text(2), "is late");
  ASSERT_EQ(page.hints.size(), 1U);
  EXPECT_EQ(page.hints[0].value, "Late ferry");
  EXPECT_EQ(page.json_ld.size(), 1U);
}

TEST(TextPageTest, APageThatAScriptFillsLacksTheTextThatItStates) {
  std::string stated;
  for (int i = 0; i < 12; ++i) stated += "The ferry was late again. ";
  EXPECT_TRUE(LacksText(Walked("<div id=app>Loading</div>").page, stated));
  EXPECT_FALSE(LacksText(Walked("<p>" + stated).page, stated));
  EXPECT_FALSE(LacksText(Walked("<p>" + stated.substr(0, 160)).page, stated));
  EXPECT_FALSE(LacksText(Walked("<div id=app>Loading</div>").page, "The ferry was late again."));
  EXPECT_FALSE(LacksText(Walked("").page, ""));
}

// Menus, teasers and notices are there before the script has run.
TEST(TextPageTest, WhatStandsAroundAMissingTextIsNotTheText) {
  const std::string around =
      "<p>The council met on Tuesday and chose slate over tin for the roof of the town hall.</p>"
      "<p>A late goal sent the crowd onto the ice, and the team to the state final in March.</p>";
  std::string stated;
  for (const char* who : {"pilots", "cooks", "divers", "smiths"}) {
    stated += std::string("The ") + who +
              " were late again, for the ferry that takes them across had lost its rudder. ";
  }
  const std::string links = "<ul><li><a href=/>Weather today and tomorrow</a></ul>";
  EXPECT_TRUE(LacksText(Walked(around + links).page, stated));
  EXPECT_FALSE(LacksText(Walked(around + "<p>" + stated).page, stated));
  EXPECT_FALSE(LacksText(Walked(around + around + around).page, stated)) << "has prose of its own";
}

}  // namespace
}  // namespace sluice::deboilerplate
