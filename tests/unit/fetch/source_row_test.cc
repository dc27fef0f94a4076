#include "services/fetch/source_row.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "pipeline/base/hash.h"
#include "pipeline/base/proto_time.h"

namespace sluice::fetch {
namespace {

using state::v1::FetchSourceRow;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromCivil(absl::CivilHour(2026, 1, 5, 12), absl::UTCTimeZone());

std::vector<SourceItem> Items(const std::vector<std::string>& urls) {
  std::vector<SourceItem> items;
  for (const std::string& url : urls) items.push_back({.url = url});
  return items;
}

TEST(SourceRowTest, AsksForRedirectsBeforePartsBeforeTheSource) {
  FetchSourceRow row;
  row.mutable_health()->set_url("https://a.example/map");
  EXPECT_FALSE(UnderWay(row));
  EXPECT_EQ(CurrentUrl(row), "https://a.example/map");
  row.add_sitemaps("https://a.example/1");
  row.add_sitemaps("https://a.example/2");
  EXPECT_TRUE(UnderWay(row));
  EXPECT_TRUE(InPart(row));
  EXPECT_EQ(CurrentUrl(row), "https://a.example/1");
  row.add_redirects("https://a.example/one");
  EXPECT_EQ(CurrentUrl(row), "https://a.example/one");
  ClearVisit(row);
  EXPECT_FALSE(UnderWay(row));
}

TEST(SourceRowTest, APartWaitsForTheOthersOnce) {
  FetchSourceRow row;
  for (const char* part : {"1", "2"}) row.add_sitemaps(part);
  EXPECT_TRUE(PutBackPart(row));
  EXPECT_THAT(row.sitemaps(), ElementsAre("2", "1"));
  EXPECT_TRUE(PutBackPart(row));
  EXPECT_THAT(row.sitemaps(), ElementsAre("1", "2"));
  EXPECT_FALSE(PutBackPart(row));
  EndPart(row);
  EXPECT_THAT(row.sitemaps(), ElementsAre("2"));
  EXPECT_EQ(row.put_back(), 1U);
  EndPart(row);
  EXPECT_THAT(row.sitemaps(), IsEmpty());
  EXPECT_EQ(row.put_back(), 0U);
}

TEST(SourceRowTest, OfAnIndexTheNewestPartsThatMayHaveChangedAreAskedFor) {
  const std::vector<SourceDocument::Sitemap> sitemaps = {{"old", kNow - absl::Hours(100)},
                                                         {"undated", std::nullopt},
                                                         {"day before", kNow - absl::Hours(30)},
                                                         {"now", kNow},
                                                         {"now too", kNow}};
  FetchSourceRow fresh;
  AddSitemaps(fresh, sitemaps, 10);
  EXPECT_THAT(fresh.sitemaps(), ElementsAre("now", "now too", "day before", "old", "undated"));
  FetchSourceRow row;
  *row.mutable_complete() = base::ToProto(kNow);
  AddSitemaps(row, sitemaps, 10);
  EXPECT_THAT(row.sitemaps(), ElementsAre("now", "now too", "day before", "undated"));
  FetchSourceRow few;
  AddSitemaps(few, sitemaps, 2);
  EXPECT_THAT(few.sitemaps(), ElementsAre("now", "now too"));
}

TEST(SourceRowTest, WhatAVisitFoundIsWhatTheNextHasSeen) {
  FetchSourceRow row;
  for (const uint64_t hash : {7, 3, 7}) CountItem(row, hash);
  EXPECT_EQ(row.items(), 3U);
  EXPECT_FALSE(WasSeen(row, 7));
  KeepSeen(row, false);
  ClearVisit(row);
  EXPECT_THAT(row.seen(), ElementsAre(3, 7));
  EXPECT_TRUE(WasSeen(row, 7));
  CountItem(row, 5);
  KeepSeen(row, true);
  ClearVisit(row);
  EXPECT_THAT(row.seen(), ElementsAre(3, 5, 7));
  CountItem(row, 1);
  KeepSeen(row, false);
  EXPECT_THAT(row.seen(), ElementsAre(1));
}

TEST(SourceRowTest, TheListOfWhatWasSeenIsBounded) {
  FetchSourceRow row;
  for (uint64_t hash = 0; hash < kSeenMax + 5; ++hash) CountItem(row, hash);
  EXPECT_EQ(row.items(), kSeenMax + 5);
  KeepSeen(row, false);
  ClearVisit(row);
  CountItem(row, kSeenMax);
  KeepSeen(row, true);
  EXPECT_THAT(row.seen(), SizeIs(kSeenMax));
  EXPECT_TRUE(WasSeen(row, kSeenMax));
  EXPECT_FALSE(WasSeen(row, kSeenMax - 1));
}

TEST(SourceRowTest, APageOfWhichHalfWasSeenIsNotMostlyUnseen) {
  FetchSourceRow row;
  CountItem(row, base::HashBytes64("old"));
  KeepSeen(row, false);
  ClearVisit(row);
  EXPECT_TRUE(IsMostlyUnseen(row, Items({"old", "new", "newer"})));
  EXPECT_FALSE(IsMostlyUnseen(row, Items({"old", "new"})));
  // What stood on the page before is no argument.
  CountItem(row, base::HashBytes64("newer"));
  EXPECT_FALSE(IsMostlyUnseen(row, Items({"old", "new", "newer"})));
  EXPECT_FALSE(IsMostlyUnseen(row, Items({"newer"})));
}

TEST(SourceRowTest, OtherRulesHaveASectionReadAnew) {
  const auto pattern = LinkPattern::Parse("/news/**");
  ASSERT_TRUE(pattern.ok()) << pattern.status();
  FetchSourceRow row;
  HttpResponse response;
  response.etag = "\"1\"";
  response.last_modified = "Mon, 05 Jan 2026 12:00:00 GMT";
  RememberBody(row, response);
  EXPECT_FALSE(TakeRules(row, {}));
  EXPECT_EQ(row.etag(), "\"1\"");
  EXPECT_TRUE(TakeRules(row, {.links = {*pattern}, .except = {}}));
  EXPECT_EQ(row.etag(), "");
  EXPECT_EQ(row.last_modified(), "");
  EXPECT_EQ(row.body_hash(), "");
  EXPECT_FALSE(TakeRules(row, {.links = {*pattern}, .except = {}}));
  EXPECT_TRUE(TakeRules(row, {.links = {}, .except = {*pattern}}));
}

}  // namespace
}  // namespace sluice::fetch
