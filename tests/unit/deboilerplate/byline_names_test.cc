#include "services/deboilerplate/byline_names.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pipeline/base/utf8.h"

namespace sluice::deboilerplate {
namespace {

using Names = std::vector<std::string>;

TEST(BylineNamesTest, BylinesAreSplitIntoNames) {
  EXPECT_EQ(NamesInByline("By Ann Lee and Bo Chen"), (Names{"Ann Lee", "Bo Chen"}));
  EXPECT_EQ(NamesInByline("Von Ute Groß, Jan Weiß und Kim Yu"),
            (Names{"Ute Groß", "Jan Weiß", "Kim Yu"}));
  EXPECT_EQ(NamesInByline("Ann Lee | Bo Chen"), (Names{"Ann Lee", "Bo Chen"}));
}

// What a byline begins or ends with is no set of bytes: the last one of "з" is that of a middle
// dot.
TEST(BylineNamesTest, NamesStayWholeInEveryScript) {
  EXPECT_EQ(NamesInByline("Петро Мороз"), Names{"Петро Мороз"});
  EXPECT_EQ(NamesInByline("\u00AB\u0410\u043D\u043D\u0430\u00BB"), Names{"«Анна»"});
  EXPECT_EQ(NamesInByline("\u00B7 Ann Lee \u00B7"), Names{"Ann Lee"});
}

TEST(BylineNamesTest, ALongBylineIsCutBetweenCharacters) {
  for (const std::string shift : {"", "x"}) {  // With one of them the end is within a character.
    std::string byline = shift;
    for (const char* name : {"Богдан", "Василь", "Григорій", "Дмитро", "Оксана", "Тарас"}) {
      byline += fmt::format("{} Олександрович Крижанівський, ", name);
    }
    for (const std::string& name : NamesInByline(byline)) {
      EXPECT_TRUE(base::IsValidUtf8(name)) << name;
    }
  }
}

TEST(BylineNamesTest, RolesDatesAndAddressesAreNoNames) {
  EXPECT_EQ(NamesInByline("By admin"), Names());
  EXPECT_EQ(NamesInByline("3 May 2024"), Names());
  EXPECT_EQ(NamesInByline("https://example.org/ann"), Names());
}

TEST(BylineNamesTest, WhatOtherElementsLeaveAtANameGoes) {
  EXPECT_EQ(NamesInByline("ByAnn Lee"), Names{"Ann Lee"});
  EXPECT_EQ(NamesInByline("Ann LeehansStaff Writer"), Names{"Ann Leehans"});
  EXPECT_EQ(NamesInByline("Ann Lee(Oslo, correspondent)"), Names{"Ann Lee"});
  EXPECT_EQ(NamesInByline("Ann (Annie) McLee"), Names{"Ann (Annie) McLee"});
  EXPECT_EQ(NamesInByline("Written By: Ann Lee"), Names{"Ann Lee"});
}

TEST(BylineNamesTest, TitlesAndRolesBehindACommaAreNoNames) {
  EXPECT_EQ(NamesInByline("Ann Lee, PhD, RD, Managing Editor"), Names{"Ann Lee"});
  EXPECT_EQ(NamesInByline("TPN"), Names{"TPN"});
  EXPECT_EQ(NamesInByline("Photograph by Ann Lee"), Names());
  EXPECT_EQ(NamesInByline("page.head.author"), Names());
}

TEST(BylineNamesTest, LabelsCountsAndCreditsAreNoNames) {
  EXPECT_EQ(NamesInByline("Autor"), Names());
  EXPECT_EQ(NamesInByline("Ann Lee | One comment so far"), Names{"Ann Lee"});
  EXPECT_EQ(NamesInByline("(Image: Harbour Agency)"), Names());
}

TEST(BylineNamesTest, PlacesTimesAndOfficesBehindANameGo) {
  EXPECT_EQ(NamesInByline("Von Ute Groß aus Kiel"), Names{"Ute Groß"});
  EXPECT_EQ(NamesInByline("24.04.24 | 14:07 Uhr | Von Ute Groß"), Names{"Ute Groß"});
  EXPECT_EQ(NamesInByline("Ann Lee on behalf of the Harbour Office"), Names{"Ann Lee"});
}

TEST(BylineNamesTest, WhatIsSaidOfAPersonGoes) {
  for (const char* byline :
       {"Submitted by Ann Lee on Thu, 09/21/2023 - 14:44", "Submitted by Ann Lee on May 13, 2024",
        "Posted by Ann Lee at 6:02 AM", "By Ann Lee of the Pier staff", "Ann Lee for the Pier",
        "By Ann Lee @annlee", "Ann Lee alee@pier.example", "Von Ann Lee03. Juni 2024",
        "Par Ann LeePubli\u00E9 le 3 mai", "Story by Ann Lee. Photos by Bo Chen"}) {
    EXPECT_EQ(NamesInByline(byline), Names{"Ann Lee"}) << byline;
  }
  EXPECT_EQ(NamesInByline("Center for Harbour Policy"), Names{"Center for Harbour Policy"});
  EXPECT_EQ(NamesInByline("Story and photos by Ann Lee"), Names{"Ann Lee"});
}

TEST(BylineNamesTest, BylinesBeginInManyLanguages) {
  for (const char* byline :
       {"Texte: Ann Lee", "Words: Ann Lee", "Haber: Ann Lee", "Yazar: Ann Lee", "Oleh: Ann Lee",
        "Penulis: Ann Lee", "a cura di Ann Lee", "Propos recueillis par Ann Lee",
        "Publi\u00E9 par Ann Lee le 3 mai 2024", "Reported and written by Ann Lee",
        "Автор: Ann Lee", "Текст: Ann Lee", "بقلم Ann Lee", "Opinion by Ann Lee"}) {
    EXPECT_EQ(NamesInByline(byline), Names{"Ann Lee"}) << byline;
  }
  for (const char* byline :
       {"文・佐伯直人", "聞き手・佐伯直人", "佐伯直人記者", "責任編輯：佐伯直人"})
    EXPECT_EQ(NamesInByline(byline), Names{"佐伯直人"}) << byline;
  for (const char* byline : {"한지우 기자", "기자 한지우"})
    EXPECT_EQ(NamesInByline(byline), Names{"한지우"}) << byline;
  EXPECT_EQ(NamesInByline("Words mean much"), Names{"Words mean much"}) << "a label has a colon";
}

TEST(BylineNamesTest, WhatElementsPutBehindANameGoes) {
  for (const char* byline :
       {"By Ann Lee Staff Writer", "By Ann Lee Published May 13, 2024", "By Ann Lee Updated: today",
        "By Ann Lee Follow", "By Ann Lee Special to the Pier", "By Ann Lee, Special to the Pier",
        "Ann Lee, \u00E0 Brest", "Ann Lee is a reporter",
        "Reporting by Ann Lee; Editing by Bo Chen", "Text: Ann Lee, Fotos: Bo Chen"}) {
    EXPECT_EQ(NamesInByline(byline), Names{"Ann Lee"}) << byline;
  }
  EXPECT_EQ(NamesInByline("Our Foreign Staff"), Names{"Our Foreign Staff"});
  EXPECT_EQ(NamesInByline("Jean Marie le Pont"), Names{"Jean Marie le Pont"});
  EXPECT_EQ(NamesInByline("Par Ann Lee avec AFP"), Names{"Ann Lee"});
}

TEST(BylineNamesTest, NamesWithCapitalsWithinStayWhole) {
  EXPECT_EQ(NamesInByline("Mara SubbaLee"), Names{"Mara SubbaLee"});
  EXPECT_EQ(NamesInByline("BR24 Redaktion"), Names{"BR24 Redaktion"});
}

TEST(BylineNamesTest, ALabelAloneIsNoName) {
  for (const char* label : {"Written by", "Posted By:", "Von", "By"}) {
    EXPECT_EQ(NamesInByline(label), Names()) << label;
  }
}

TEST(BylineNamesTest, EditorsOfChinesePagesAreNamedBehindAColon) {
  EXPECT_EQ(NamesInByline("责编：王小明、李四"), (Names{"王小明", "李四"}));
}

TEST(BylineNamesTest, BylinesAreToldByHowTheyBegin) {
  for (const char* byline : {"By Ann Lee", "von: Ute Groß", "Posted by Ann", "作者：王小明"}) {
    EXPECT_TRUE(BeginsLikeByline(byline)) << byline;
  }
  for (const char* other : {"Bygone days", "Ann Lee", "Voncken", "文章"}) {
    EXPECT_FALSE(BeginsLikeByline(other)) << other;
  }
}

TEST(BylineNamesTest, PeopleAreToldFromNewsroomsAndHandles) {
  for (const char* person : {"Ann Lee", "Ute von Groß", "王小明", "MARA LEE"}) {
    EXPECT_TRUE(LooksLikePerson(person)) << person;
  }
  for (const char* other : {"News Desk", "Ann", "the harbour", "Agencia Muelle"}) {
    EXPECT_FALSE(LooksLikePerson(other)) << other;
  }
}

}  // namespace
}  // namespace sluice::deboilerplate
