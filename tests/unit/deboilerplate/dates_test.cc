#include "services/deboilerplate/dates.h"

#include <gtest/gtest.h>

namespace sluice::deboilerplate {
namespace {

std::string Machine(std::string_view text) {
  const auto date = ParseMachineDate(text);
  return date.has_value() ? date->Format() : "none";
}
std::string Human(std::string_view text, bool month_first = false) {
  const auto date = FindDate(text, month_first);
  return date.has_value() ? date->Format() : "none";
}
std::string InUrl(std::string_view url) {
  const auto date = FindUrlDate(url);
  return date.has_value() ? date->Format() : "none";
}

TEST(DatesTest, ReadsMachineForms) {
  EXPECT_EQ(Machine("2024-05-03T09:30:00+02:00"), "2024-05-03T09:30:00+02:00");
  EXPECT_EQ(Machine("2024-05-03T09:30:00.123Z"), "2024-05-03T09:30:00Z");
  EXPECT_EQ(Machine("2024-05-03 09:30"), "2024-05-03T09:30:00Z");
  EXPECT_EQ(Machine("20240503"), "2024-05-03");
  EXPECT_EQ(Machine("Fri, 03 May 2024 09:30:00 GMT"), "2024-05-03T09:30:00Z");
  EXPECT_EQ(Machine("1714728600"), "2024-05-03T09:30:00Z");
  EXPECT_EQ(Machine("1714728600000"), "2024-05-03T09:30:00Z");
}

TEST(DatesTest, ReadsWhatProgramsPrint) {
  EXPECT_EQ(Machine("20240503093000"), "2024-05-03T09:30:00Z");
  EXPECT_EQ(Machine("202405030930"), "2024-05-03T09:30:00Z");
  EXPECT_EQ(Machine("20241303093000"), "none");
  EXPECT_EQ(Machine("Fri May 03 09:30:00 EDT 2024"), "2024-05-03T09:30:00Z");
  EXPECT_EQ(Machine("Fri May 03 2024 09:30:00 GMT+0200 (CEST)"), "2024-05-03T09:30:00+02:00");
}

TEST(DatesTest, RefusesWhatIsNoDate) {
  for (const char* text : {"", "soon", "2024-13-40", "1850-01-01", "99999999", "2023-02-29"})
    EXPECT_EQ(Machine(text), "none") << text;
}

TEST(DatesTest, ReadsDatesForPeople) {
  EXPECT_EQ(Human("Published 3 May 2024"), "2024-05-03");
  EXPECT_EQ(Human("May 3rd, 2024 at 10:15"), "2024-05-03T10:15:00Z");
  EXPECT_EQ(Human("Stand: 3. Mai 2024, 17:47 Uhr"), "2024-05-03T17:47:00Z");
  EXPECT_EQ(Human("3 de mayo de 2024"), "2024-05-03");
  EXPECT_EQ(Human("03.05.2024"), "2024-05-03");
  EXPECT_EQ(Human("Do 03.05.24 | 14:07 Uhr"), "2024-05-03T14:07:00Z");
  EXPECT_EQ(Human("2024年5月3日"), "2024-05-03");
  EXPECT_EQ(Human("3 ao\u00FBt 2023"), "2023-08-03");
  EXPECT_EQ(Human("3rd of May, 2024"), "2024-05-03");
  EXPECT_EQ(Human("2024 May 3"), "2024-05-03");
  EXPECT_EQ(Human("2024년 5월 3일"), "2024-05-03");
  EXPECT_EQ(Human("May 2024"), "none") << "no day";
  EXPECT_EQ(Human("30 February 2024"), "none");
}

TEST(DatesTest, MonthsAndFiguresAreReadInManyScripts) {
  for (const char* text :
       {"13 травня 2024", "13 МАЯ 2024", "13 Μαΐου 2024", "2024. május 13.", "13 मई 2024",
        "१३ मई २०२४", "১৩ মে ২০২৪", "١٣ مايو ٢٠٢٤", "13 במאי 2024", "13 май 2024", "13 маја 2024",
        "13. svibnja 2024.", "13. květen 2024", "13 أيار 2024", "13 ماي 2024", "۱۳ مه ۲۰۲۴"}) {
    EXPECT_EQ(Human(text), "2024-05-13") << text;
  }
  EXPECT_EQ(Human("3 Ιουνίου 2024"), "2024-06-03");
  EXPECT_EQ(Human("3 Вересня 2024"), "2024-09-03");
  EXPECT_EQ(Human("3. srpnja 2024."), "2024-07-03");
  EXPECT_EQ(Human("3. srpna 2024"), "2024-08-03") << "Czech";
}

TEST(DatesTest, IransCalendarIsRead) {
  EXPECT_EQ(Human("۲۴ اردیبهشت ۱۴۰۳"), "2024-05-13");
  EXPECT_EQ(Human("1403/02/24"), "2024-05-13");
  EXPECT_EQ(Human("1 فروردین 1403"), "2024-03-20");
  EXPECT_EQ(Human("30 اسفند 1403"), "2025-03-20") << "of a leap year";
  EXPECT_EQ(Human("30 اسفند 1402"), "none");
  EXPECT_EQ(Human("1 فروردین 1402"), "2023-03-21");
  EXPECT_EQ(Human("1445/11/05"), "none") << "of the Islamic calendar";
  EXPECT_EQ(Human("1403 02 24"), "none");
}

TEST(DatesTest, HoursBeforeAndAfterNoonAreTold) {
  EXPECT_EQ(Human("May 3, 2024 10:15 PM EDT"), "2024-05-03T22:15:00Z");
  EXPECT_EQ(Human("May 3, 2024, 12:15 a.m."), "2024-05-03T00:15:00Z");
  EXPECT_EQ(Human("May 3, 2024 12:15pm"), "2024-05-03T12:15:00Z");
  EXPECT_EQ(Human("May 3, 2024 10:15 AM"), "2024-05-03T10:15:00Z");
  EXPECT_EQ(Human("May 3, 2024 22:15 pm"), "2024-05-03T22:15:00Z");
}

TEST(DatesTest, FiguresAloneAreReadAsTheCountryWritesThem) {
  EXPECT_EQ(Human("04/05/2024", false), "2024-05-04");
  EXPECT_EQ(Human("04/05/2024", true), "2024-04-05");
  EXPECT_EQ(Human("04/25/2024", false), "2024-04-25");
  EXPECT_EQ(Human("25/04/2024", true), "2024-04-25");
  EXPECT_EQ(Human("04.05.2024", true), "2024-05-04") << "with slashes alone";
  EXPECT_EQ(Human("04/05/24"), "none") << "any of the three may be the year";
  EXPECT_EQ(Human("04/25/24"), "2024-04-25") << "neither 24 nor 25 is a month";
}

TEST(DatesTest, FindsTheDayInAPath) {
  EXPECT_EQ(InUrl("https://example.org/news/2024/05/03/story"), "2024-05-03");
  EXPECT_EQ(InUrl("https://example.org/20240503-story.html"), "2024-05-03");
  EXPECT_EQ(InUrl("https://example.org/2024/may/03/story"), "2024-05-03");
  EXPECT_EQ(InUrl("https://example.org/story-12345678"), "none");
  EXPECT_EQ(InUrl("https://example.org/2024/05/"), "none");
  EXPECT_EQ(InUrl("https://example.org/2024-05-03-story"), "2024-05-03");
  EXPECT_EQ(InUrl("https://example.org/story_2024_05_03"), "2024-05-03");
  EXPECT_EQ(InUrl("https://example.org/2024/05-03"), "none") << "unlike separators";
  EXPECT_EQ(InUrl("https://example.org/2024.05.03"), "none");
  EXPECT_EQ(InUrl("https://example.org/story?day=2024/05/03"), "none");
  EXPECT_EQ(InUrl("https://20240503.example"), "none");
  EXPECT_EQ(InUrl("/2024/05/03/story"), "2024-05-03");
}

TEST(DatesTest, AnInstantMovesToTheDayWithTheNearestOffset) {
  const std::optional<PageDate> date = ParseMachineDate("2024-05-04T02:41:00Z");
  ASSERT_TRUE(date.has_value());
  EXPECT_EQ(date->OnDay(absl::CivilDay(2024, 5, 3)).Format(), "2024-05-03T23:41:00-03:00");
  EXPECT_EQ(date->OnDay(absl::CivilDay(2024, 5, 3)).ToTime(), date->ToTime());
  EXPECT_EQ(date->OnDay(absl::CivilDay(2024, 5, 9)).Format(), date->Format());
  EXPECT_EQ(date->At(330).Format(), "2024-05-04T08:11:00+05:30");
}

}  // namespace
}  // namespace sluice::deboilerplate
