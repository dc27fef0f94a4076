#include "services/fetch/url_row.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/time/civil_time.h"
#include "pipeline/base/proto_time.h"

namespace sluice::fetch {
namespace {

using state::v1::FetchUrlRow;

const absl::Time kNow = absl::FromCivil(absl::CivilHour(2026, 1, 5, 12), absl::UTCTimeZone());
const std::string kUrl = "https://a.example/1";

data::v1::CrawlTarget Target() {
  data::v1::CrawlTarget target;
  target.mutable_envelope()->set_url(kUrl);
  target.mutable_envelope()->set_source_id("feed");
  target.set_hops(1);
  target.set_title("A ferry");
  target.set_language("en");
  *target.mutable_published() = base::ToProto(kNow - absl::Hours(1));
  target.set_anew(true);
  return target;
}

TEST(UrlRowTest, APendingUrlRemembersItsTarget) {
  FetchUrlRow row;
  BeginPending(row, Target(), kUrl, kNow);
  EXPECT_EQ(row.state(), state::v1::URL_STATE_PENDING);
  EXPECT_EQ(CurrentUrl(row), kUrl);
  EXPECT_EQ(base::FromProto(row.due()), kNow);
  EXPECT_EQ(base::FromProto(row.known_at()), kNow);
  EXPECT_EQ(PendingTarget(row).SerializeAsString(), Target().SerializeAsString());
}

TEST(UrlRowTest, WhatWasFetchedIsKnownWhileItIsPendingAgain) {
  FetchUrlRow row;
  row.set_etag("\"1\"");
  row.set_body_hash("sixteen bytes...");
  row.set_alias_of("another");
  row.set_attempts(2);
  row.add_redirects("https://a.example/2");
  BeginPending(row, {}, kUrl, kNow);
  EXPECT_EQ(row.etag(), "\"1\"");
  EXPECT_EQ(row.body_hash(), "sixteen bytes...");
  EXPECT_EQ(row.alias_of(), "");
  EXPECT_EQ(row.attempts(), 0U);
  EXPECT_EQ(CurrentUrl(row), kUrl);
}

TEST(UrlRowTest, WhatEndsWithoutAPageIsKnownAndNoMore) {
  FetchUrlRow fetched;
  BeginPending(fetched, Target(), kUrl, kNow);
  fetched.set_attempts(2);
  fetched.add_redirects("https://a.example/2");
  FetchUrlRow failed = fetched;
  EndPending(fetched, state::v1::URL_STATE_FETCHED, kNow + absl::Hours(1));
  EXPECT_EQ(fetched.url(), kUrl);
  EXPECT_EQ(fetched.title(), "A ferry");
  EXPECT_FALSE(fetched.has_envelope());
  EXPECT_FALSE(fetched.anew());
  EXPECT_FALSE(fetched.has_due());
  EXPECT_EQ(fetched.attempts(), 0U);
  EXPECT_EQ(fetched.redirects_size(), 0);
  EndPending(failed, state::v1::URL_STATE_FAILED, kNow + absl::Hours(1));
  EXPECT_EQ(failed.url(), "");
  EXPECT_EQ(failed.title(), "");
  EXPECT_EQ(failed.language(), "");
  EXPECT_FALSE(failed.has_published());
  EXPECT_EQ(base::FromProto(failed.known_at()), kNow + absl::Hours(1));
}

TEST(UrlRowTest, WhatIsToBeFetchedAnewIsAskedForWithoutConditions) {
  FetchUrlRow row;
  row.set_etag("\"1\"");
  row.set_last_modified("yesterday");
  row.set_body_hash("sixteen bytes...");
  ForgetFetched(row);
  EXPECT_TRUE(row.anew());
  EXPECT_EQ(row.etag() + row.last_modified() + row.body_hash(), "");
}

TEST(UrlRowTest, ARevisitSaysWhereThePageIsAndWhatWasAskedFor) {
  FetchUrlRow row;
  row.set_url(kUrl);
  row.set_final_url(kUrl);
  row.set_source_id("feed");
  row.set_origin(data::v1::ORIGIN_LIVE);
  data::v1::Envelope envelope = RevisitEnvelope(row, kNow);
  EXPECT_EQ(envelope.url(), kUrl);
  EXPECT_EQ(envelope.requested_url(), "");
  EXPECT_EQ(envelope.source_id(), "feed");
  EXPECT_EQ(envelope.origin(), data::v1::ORIGIN_LIVE);
  EXPECT_EQ(base::FromProto(envelope.accepted_at()), kNow);
  row.set_final_url("https://a.example/2");
  envelope = RevisitEnvelope(row, kNow);
  EXPECT_EQ(envelope.url(), "https://a.example/2");
  EXPECT_EQ(envelope.requested_url(), kUrl);
}

TEST(UrlRowTest, AFailedUrlMayBeTriedAgainInItsTime) {
  FetchUrlRow row;
  EndPending(row, state::v1::URL_STATE_FAILED, kNow);
  EXPECT_FALSE(MayTryAgain(row, absl::Hours(2), kNow + absl::Hours(1)));
  EXPECT_TRUE(MayTryAgain(row, absl::Hours(2), kNow + absl::Hours(2)));
  EXPECT_FALSE(Touch(row, kNow + absl::Hours(100)));
  EndPending(row, state::v1::URL_STATE_FETCHED, kNow);
  EXPECT_FALSE(MayTryAgain(row, absl::Hours(2), kNow + absl::Hours(2)));
  EXPECT_FALSE(Touch(row, kNow + absl::Hours(23)));
  EXPECT_TRUE(Touch(row, kNow + absl::Hours(24)));
}

TEST(UrlRowTest, AMovedPageKeepsTheUrlThatWasAskedFor) {
  data::v1::Envelope envelope;
  envelope.set_url("https://a.example/1");
  MoveTo(envelope, "https://a.example/2");
  MoveTo(envelope, "https://a.example/3");
  EXPECT_EQ(envelope.url(), "https://a.example/3");
  EXPECT_EQ(envelope.requested_url(), "https://a.example/1");
  MoveTo(envelope, "https://a.example/1");
  EXPECT_EQ(envelope.requested_url(), "");
}

}  // namespace
}  // namespace sluice::fetch
