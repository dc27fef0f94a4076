#include "services/deboilerplate/authors.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pipeline/base/utf8.h"

namespace sluice::deboilerplate {
namespace {

using Names = std::vector<std::string>;

TEST(AuthorsTest, BylinesAreSplitIntoNames) {
  EXPECT_EQ(NamesInByline("By Ann Lee and Bo Chen", ""), (Names{"Ann Lee", "Bo Chen"}));
  EXPECT_EQ(NamesInByline("Von Ute Groß, Jan Weiß und Kim Yu", ""),
            (Names{"Ute Groß", "Jan Weiß", "Kim Yu"}));
  EXPECT_EQ(NamesInByline("Ann Lee | Bo Chen", ""), (Names{"Ann Lee", "Bo Chen"}));
}

// What a byline begins or ends with is no set of bytes: the last one of "з" is that of a middle
// dot.
TEST(AuthorsTest, NamesStayWholeInEveryScript) {
  EXPECT_EQ(NamesInByline("Петро Мороз", ""), Names{"Петро Мороз"});
  EXPECT_EQ(NamesInByline("\u00AB\u0410\u043D\u043D\u0430\u00BB", ""), Names{"«Анна»"});
  EXPECT_EQ(NamesInByline("\u00B7 Ann Lee \u00B7", ""), Names{"Ann Lee"});
}

TEST(AuthorsTest, ALongBylineIsCutBetweenCharacters) {
  for (const std::string shift : {"", "x"}) {  // With one of them the end is within a character.
    std::string byline = shift;
    for (const char* name : {"Богдан", "Василь", "Григорій", "Дмитро", "Оксана", "Тарас"}) {
      byline += fmt::format("{} Олександрович Крижанівський, ", name);
    }
    for (const std::string& name : NamesInByline(byline, "")) {
      EXPECT_TRUE(base::IsValidUtf8(name)) << name;
    }
  }
}

TEST(AuthorsTest, RolesDatesAndSitesAreNoNames) {
  EXPECT_EQ(NamesInByline("By admin", ""), Names());
  EXPECT_EQ(NamesInByline("The Pier", "The Pier"), Names());
  EXPECT_EQ(NamesInByline("3 May 2024", ""), Names());
  EXPECT_EQ(NamesInByline("https://example.org/ann", ""), Names());
}

TEST(AuthorsTest, LinkedDataComesBeforeMeta) {
  Page page;
  Hint hint;
  hint.name = "author";
  hint.value = "Web Desk One";
  page.hints.push_back(hint);
  LinkedData data;
  EXPECT_EQ(FindAuthors(page, data, "", 0, 0), Names{"Web Desk One"});
  data.authors = {"Ann Lee"};
  EXPECT_EQ(FindAuthors(page, data, "", 0, 0), Names{"Ann Lee"});
}

TEST(AuthorsTest, WhatOtherElementsLeaveAtANameGoes) {
  EXPECT_EQ(NamesInByline("ByAnn Lee", ""), Names{"Ann Lee"});
  EXPECT_EQ(NamesInByline("Ann LeehansStaff Writer", ""), Names{"Ann Leehans"});
  EXPECT_EQ(NamesInByline("Ann Lee(Oslo, correspondent)", ""), Names{"Ann Lee"});
  EXPECT_EQ(NamesInByline("Ann (Annie) McLee", ""), Names{"Ann (Annie) McLee"});
  EXPECT_EQ(NamesInByline("Written By: Ann Lee", ""), Names{"Ann Lee"});
}

TEST(AuthorsTest, TitlesAndRolesBehindACommaAreNoNames) {
  EXPECT_EQ(NamesInByline("Ann Lee, PhD, RD, Managing Editor", ""), Names{"Ann Lee"});
  EXPECT_EQ(NamesInByline("TPN", ""), Names{"TPN"});
  EXPECT_EQ(NamesInByline("Photograph by Ann Lee", ""), Names());
  EXPECT_EQ(NamesInByline("page.head.author", ""), Names());
}

TEST(AuthorsTest, LabelsCountsAndCreditsAreNoNames) {
  EXPECT_EQ(NamesInByline("Autor", ""), Names());
  EXPECT_EQ(NamesInByline("Ann Lee | One comment so far", ""), Names{"Ann Lee"});
  EXPECT_EQ(NamesInByline("(Image: Harbour Agency)", ""), Names());
}

TEST(AuthorsTest, TheSiteIsTheAuthorWhereItSaysSoAndNobodyIsNamed) {
  LinkedData data;
  data.authors = {"The Pier"};
  EXPECT_EQ(FindAuthors(Page(), data, "The Pier", 0, 0), Names{"The Pier"});
  data.authors = {"The Pier", "Ann Lee"};
  EXPECT_EQ(FindAuthors(Page(), data, "The Pier", 0, 0), Names{"Ann Lee"});
}

TEST(AuthorsTest, CardsOfSharedLinksNameAuthors) {
  Page page;
  for (const auto& [name, value] :
       {std::pair{"twitter:label1", "Written by"}, {"twitter:data1", "Ann Lee"}}) {
    Hint hint;
    hint.name = name;
    hint.value = value;
    page.hints.push_back(hint);
  }
  EXPECT_EQ(FindAuthors(page, LinkedData(), "", 0, 0), Names{"Ann Lee"});
}

}  // namespace
}  // namespace sluice::deboilerplate
