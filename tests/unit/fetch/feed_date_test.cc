#include "services/fetch/feed_date.h"

#include <gtest/gtest.h>

namespace sluice::fetch {
namespace {

std::string Read(std::string_view text) {
  const auto time = ParseFeedDate(text);
  return time ? absl::FormatTime("%E4Y-%m-%d %H:%M:%S", *time, absl::UTCTimeZone()) : "none";
}

TEST(FeedDateTest, ReadsRfc822) {
  EXPECT_EQ(Read("Thu, 01 Jan 2004 19:48:21 GMT"), "2004-01-01 19:48:21");
  EXPECT_EQ(Read("1 Jan 04 19:48 EST"), "2004-01-02 00:48:00");
  EXPECT_EQ(Read("Wed, 19 Feb 2012 22:40:00 -01:01"), "2012-02-19 23:41:00");
  EXPECT_EQ(Read("Mon, 13 Feb, 2012 06:28:00 GMT+0200"), "2012-02-13 04:28:00");
  EXPECT_EQ(Read("Thu, 01 Jan 2004"), "2004-01-01 00:00:00");
  EXPECT_EQ(Read("17 Aug 2023 +0100"), "2023-08-16 23:00:00");
  EXPECT_EQ(Read("Thu, 01 Jan 95 00:00:00 Z"), "1995-01-01 00:00:00");
  EXPECT_EQ(Read("01 Jan 2004 00:00:00 A"), "2004-01-01 01:00:00") << "a military zone";
}

TEST(FeedDateTest, ReadsRfc850AndAsctime) {
  EXPECT_EQ(Read("Sunday, 06-Nov-94 08:49:37 GMT"), "1994-11-06 08:49:37");
  EXPECT_EQ(Read("Sun Jan  4 16:29:06 2004"), "2004-01-04 16:29:06");
  EXPECT_EQ(Read("Sun Jul 15 01:16:00 +0200 2012"), "2012-07-14 23:16:00");
}

TEST(FeedDateTest, ReadsIso8601AndItsShortForms) {
  EXPECT_EQ(Read("2003-12-31T10:14:55-08:00"), "2003-12-31 18:14:55");
  EXPECT_EQ(Read("2003-12-31T10:14:55.1234Z"), "2003-12-31 10:14:55");
  EXPECT_EQ(Read("2003-12-31 10:14"), "2003-12-31 10:14:00");
  EXPECT_EQ(Read("20031231T101455+0100"), "2003-12-31 09:14:55");
  EXPECT_EQ(Read("2003-12-31T24:00:00Z"), "2004-01-01 00:00:00");
  EXPECT_EQ(Read("2003"), "2003-01-01 00:00:00");
  EXPECT_EQ(Read("2003-12"), "2003-12-01 00:00:00");
  EXPECT_EQ(Read("2003-335"), "2003-12-01 00:00:00");
  EXPECT_EQ(Read("03-12-31"), "2003-12-31 00:00:00");
  EXPECT_EQ(Read("-0312"), "2003-12-01 00:00:00");
  EXPECT_EQ(Read("-03-12"), "2003-12-01 00:00:00");
  EXPECT_EQ(Read("-03"), "2003-01-01 00:00:00");
  EXPECT_EQ(Read("2003335"), "2003-12-01 00:00:00");
  EXPECT_EQ(Read("03335"), "2003-12-01 00:00:00");
  EXPECT_EQ(Read("031231"), "2003-12-31 00:00:00");
  EXPECT_EQ(Read("2003-1231"), "2003-12-31 00:00:00");
  EXPECT_EQ(Read("2003-012-31"), "2003-12-31 00:00:00");
  EXPECT_EQ(Read("2003-12-31T10Z"), "2003-12-31 10:00:00");
  EXPECT_EQ(Read("2003-12-31T10:14:55,5 +5"), "2003-12-31 05:14:55");
  EXPECT_EQ(Read("2003-12-31 10:14 -530"), "2003-12-31 15:44:00");
  EXPECT_EQ(Read("2003-12-31 10:14 EST"), "2003-12-31 15:14:00");
}

TEST(FeedDateTest, TakesAYearOfTwoDigitsForTheNearestCentury) {
  EXPECT_EQ(Read("89-12-31"), "2089-12-31 00:00:00");
  EXPECT_EQ(Read("90-12-31"), "1990-12-31 00:00:00");
}

TEST(FeedDateTest, ReadsWhatFeedsWriteInstead) {
  EXPECT_EQ(Read("Sat, Dec 16 2023 02:02:33 PM"), "2023-12-16 14:02:33");
  EXPECT_EQ(Read("January 5, 2024 12:30 a.m."), "2024-01-05 00:30:00");
  EXPECT_EQ(Read("January 5, 2024 12:30 p.m."), "2024-01-05 12:30:00");
  EXPECT_EQ(Read("2024 January 31 1:30 am"), "2024-01-31 01:30:00");
  EXPECT_EQ(Read("12/12/2023"), "2023-12-12 00:00:00");
  EXPECT_EQ(Read("01-02-2023"), "2023-02-01 00:00:00");
  EXPECT_EQ(Read("Fri, 2006/09/15 08:19:53 EDT"), "2006-09-15 12:19:53");
  EXPECT_EQ(Read("12/31/2023 10:00"), "2023-12-31 10:00:00");
  EXPECT_EQ(Read("31/12/2023"), "2023-12-31 00:00:00");
  EXPECT_EQ(Read("31.12.2023 10:00"), "2023-12-31 10:00:00");
  EXPECT_EQ(Read("\n 2004-01-01 \t"), "2004-01-01 00:00:00");
  EXPECT_EQ(Read("Posted on 3 May 2024 at 10:00"), "2024-05-03 10:00:00");
}

TEST(FeedDateTest, KnowsMonthsOfManyLanguages) {
  EXPECT_EQ(Read("mar, 05 mars 2024 10:00:00 +0100"), "2024-03-05 09:00:00");
  EXPECT_EQ(Read("3 de agosto de 2023"), "2023-08-03 00:00:00");
  EXPECT_EQ(Read("15. März 2024"), "2024-03-15 00:00:00");
  EXPECT_EQ(Read("Вт, 02 июля 2024 12:00:00 +0300"), "2024-07-02 09:00:00");
  EXPECT_EQ(Read("Κυρ, 11 Ιούλ 2004 12:00:00 EST"), "2004-07-11 17:00:00");
  EXPECT_EQ(Read("2004-július-13T9:15-05:00"), "2004-07-13 14:15:00");
  EXPECT_EQ(Read("2004-05-25 오후 11:23:17"), "2004-05-25 14:23:17");
}

TEST(FeedDateTest, RefusesDaysAndTimesThatDoNotExist) {
  for (const char* text :
       {"2023-02-29", "Thu, 31 Jun 2004 19:48:21 GMT", "2004-13-01", "2004-01-00",
        "2004-01-01T25:00:00Z", "2004-01-01T10:60:00Z", "2004-01-01T10:00:61Z", "2004-02-30",
        "2004-000", "2004000", "2003-366", "0000-01-01"}) {
    EXPECT_EQ(Read(text), "none") << text;
  }
}

TEST(FeedDateTest, RefusesWhatIsNoDate) {
  for (const char* text : {"", "  ", "yesterday", "3 hours ago", "12:30", "1700000000", "1 2 3 4",
                           "Jan", "--", "+", "T", "-031", "200", "2003-12-31T10:14:",
                           "2003-12-31T100", "1 Jan 2004 5", "2003-12-31T10:14:55+12345"}) {
    EXPECT_EQ(Read(text), "none") << text;
  }
  EXPECT_EQ(Read("1 Jan 2004" + std::string(200, ' ') + "x"), "none") << "too long";
}

}  // namespace
}  // namespace sluice::fetch
