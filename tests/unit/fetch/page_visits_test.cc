#include "services/fetch/page_visits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "pipeline/base/hash.h"
#include "pipeline/log/topics.h"
#include "services/fetch/drop_reasons.h"
#include "tests/unit/fetch/shard_fixture.h"

namespace sluice::fetch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kSite = "https://news.example";
const std::string kPage = "https://news.example/1";

class PageVisitsTest : public ShardFixture {
 protected:
  // A target that is asked for whatever is known of it.
  void SubmitAnew(const std::string& url) {
    data::v1::CrawlTarget target;
    target.mutable_envelope()->set_url(url);
    target.mutable_envelope()->set_id(base::TargetId(url));
    target.mutable_envelope()->set_origin(data::v1::ORIGIN_SUBMITTED);
    target.set_anew(true);
    log_.Append(log::kCrawlTargets, "news.example", target.SerializeAsString());
    Run();
  }

  // As a source does.
  void Name(const std::string& url) {
    fakes::FetchShard::Submit(log_, url, data::v1::ORIGIN_LIVE);
    Run();
  }

  // Its page is read, and is gone by the two looks after that.
  void ReadThenLose(const std::string& url, HttpResponse page) {
    Submit(url);
    Greet(kSite);
    Answer(url, std::move(page));
    Advance(absl::Hours(1));
    Answer(url, Http::Status(404));
    Advance(absl::Hours(24));
    Greet(kSite);
    Answer(url, Http::Status(404));
  }

  static HttpResponse Tagged(std::string body) {
    HttpResponse response = Http::Page(std::move(body));
    response.etag = "\"1\"";
    return response;
  }
};

TEST_F(PageVisitsTest, AskAnewAndTellWhatHasNotChanged) {
  Open();
  Submit(kPage);
  Greet(kSite);
  Answer(kPage, Tagged("one"));
  Advance(absl::Seconds(1));
  Submit(kPage);
  EXPECT_THAT(Waiting(), SizeIs(0)) << "so lately";
  SubmitAnew(kPage);
  ASSERT_THAT(Waiting(), ElementsAre(kPage));
  EXPECT_EQ(http_.asked().back().etag, "");
  Answer(kPage, Http::Page("one"));
  ASSERT_EQ(Pages().size(), 2U);
  EXPECT_EQ(Pages()[1].envelope().id(), Pages()[0].envelope().id());
}

TEST_F(PageVisitsTest, AskUnconditionallyForAWaitingPageThatIsWantedAnew) {
  options_.resubmit_after = absl::ZeroDuration();
  Open();
  Submit(kPage);
  Greet(kSite);
  Answer(kPage, Tagged("one"));
  Submit(kPage);  // Waits for its turn, to be asked for on condition.
  SubmitAnew(kPage);
  Advance(absl::Seconds(1));
  ASSERT_THAT(Waiting(), ElementsAre(kPage));
  EXPECT_EQ(http_.asked().back().etag, "");
  Answer(kPage, Http::Page("one"));
  EXPECT_EQ(Pages().size(), 2U);
}

TEST_F(PageVisitsTest, AskAgainWhenARequestOnConditionIsOvertakenByOneAnew) {
  Open();
  Submit(kPage);
  Greet(kSite);
  Answer(kPage, Tagged("one"));
  Advance(options_.revisits[0]);
  ASSERT_THAT(Waiting(), ElementsAre(kPage));
  EXPECT_EQ(http_.asked().back().etag, "\"1\"");
  SubmitAnew(kPage);
  Answer(kPage, Http::Status(304));
  Advance(options_.retry_first);
  ASSERT_THAT(Waiting(), ElementsAre(kPage));
  EXPECT_EQ(http_.asked().back().etag, "");
  Answer(kPage, Http::Page("one"));
  EXPECT_EQ(Pages().size(), 2U);
  EXPECT_EQ(Reason(kPage), "");
}

TEST_F(PageVisitsTest, TellThatAPageThatWasGoneIsBackAsItWas) {
  options_.revisits = {absl::Hours(1)};
  options_.resubmit_after = absl::ZeroDuration();
  Open();
  ReadThenLose(kPage, Tagged("one"));
  ASSERT_EQ(Pages().size(), 2U);
  ASSERT_TRUE(Pages()[1].gone());
  Submit(kPage);
  Advance(absl::Seconds(1));
  ASSERT_THAT(Waiting(), ElementsAre(kPage));
  EXPECT_EQ(http_.asked().back().etag, "");
  Answer(kPage, Tagged("one"));
  ASSERT_EQ(Pages().size(), 3U);
  EXPECT_EQ(Pages()[2].envelope().id(), Pages()[0].envelope().id());
}

TEST_F(PageVisitsTest, AskForAPageThatWasGoneWhenASourceNamesItAgainAfterAWhile) {
  options_.revisits = {absl::Hours(1)};
  Open();
  ReadThenLose(kPage, Http::Page("one"));
  ASSERT_EQ(Pages().size(), 2U);
  Name(kPage);
  Advance(absl::Hours(1));
  EXPECT_THAT(Waiting(), IsEmpty()) << "not so soon";
  Advance(options_.failed_memory);
  Name(kPage);
  Greet(kSite);
  Answer(kPage, Http::Status(404));
  EXPECT_EQ(Pages().size(), 2U) << "still gone, which is known";
  Advance(options_.failed_memory);
  Name(kPage);
  Greet(kSite);
  Answer(kPage, Http::Page("one"));
  ASSERT_EQ(Pages().size(), 3U);
  EXPECT_FALSE(Pages()[2].gone());
}

TEST_F(PageVisitsTest, TakeAPageForKnownWhereAnotherOneWasFoundButNotFromThatOne) {
  options_.revisits = {};
  options_.resubmit_after = absl::ZeroDuration();
  const std::string found = "https://news.example/2";
  const std::string other = "https://news.example/3";
  Open();
  Submit(kPage);
  Greet(kSite);
  Answer(kPage, Http::Status(302, "/2"));
  Advance(absl::Seconds(1));
  Answer(found, Http::Page("one"));
  Advance(absl::Seconds(1));
  Submit(other);
  Answer(other, Http::Status(302, "/2"));
  EXPECT_EQ(Reason(other), kKnown);
  Advance(absl::Seconds(1));
  Submit(kPage);
  Answer(kPage, Http::Status(302, "/2"));
  Advance(absl::Seconds(1));
  EXPECT_THAT(Waiting(), ElementsAre(found)) << "where it was found itself";
  Answer(found, Http::Page("two"));
  EXPECT_THAT(Pages(), SizeIs(2));
  EXPECT_EQ(Pages()[1].envelope().requested_url(), kPage);
}

TEST_F(PageVisitsTest, FollowARedirectToAPageThatFailed) {
  const std::string failed = "https://news.example/2";
  Open();
  Submit(failed);
  Greet(kSite);
  Answer(failed, Http::Status(404));
  Advance(absl::Seconds(1));
  Submit(kPage);
  Answer(kPage, Http::Status(302, "/2"));
  Advance(absl::Seconds(1));
  EXPECT_THAT(Waiting(), ElementsAre(failed));
}

TEST_F(PageVisitsTest, AskAnewWhereverAPageHasMovedTo) {
  const std::string moved = "https://news.example/2";
  const std::string elsewhere = "https://other.example/1";
  Open();
  Submit(moved);
  Greet(kSite);
  Answer(moved, Http::Page("one"));
  Submit(elsewhere);
  Greet("https://other.example");
  Answer(elsewhere, Tagged("two"));
  for (const std::string& place : {moved, elsewhere}) {
    SubmitAnew(kPage);
    Advance(absl::Seconds(1));
    Answer(kPage, Http::Status(302, place));
    Advance(absl::Seconds(1));
    ASSERT_THAT(Waiting(), ElementsAre(place)) << "though it is known";
    EXPECT_EQ(http_.asked().back().etag, "");
    Answer(place, Http::Page("as it is"));
    Advance(absl::Seconds(1));
  }
  EXPECT_EQ(Pages().size(), 4U);
}

}  // namespace
}  // namespace sluice::fetch
