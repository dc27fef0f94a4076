#include "services/feed/outcome_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/base/hash.h"
#include "pipeline/base/strings.h"
#include "services/feed/outcome_stage.h"
#include "tests/unit/feed/replica.h"

namespace sluice::feed {
namespace {

using data::v1::Outcome;

constexpr char kPage[] = "https://news.example/a";

class OutcomeStoreTest : public testing::Test {
 protected:
  OutcomeStoreTest() : log_({}, clock_), store_({}, clock_), replica_(log_) { Reopen(); }

  void Reopen(OutcomeStage::Options options = {}) {
    replica_.Close();
    auto stage = OutcomeStage::Create(options, store_);
    ASSERT_TRUE(stage.ok()) << stage.status();
    replica_.Open(OutcomeStage::Spec(), *std::move(stage));
  }
  // An outcome of the page as captured, or as a mere target where `body` is empty.
  void Tell(const std::string& url, const std::string& body, bool final,
            data::v1::StepOutcome outcome, const std::string& reason,
            const std::string& requested = "", const std::string& stage = "fetch") {
    Outcome message;
    auto& envelope = *message.mutable_envelope();
    envelope.set_id(body.empty() ? base::TargetId(url)
                                 : base::CaptureId(url, base::HashBytes(body)));
    envelope.set_url(url);
    envelope.set_requested_url(requested);
    auto& step = *envelope.add_trail();
    step.set_stage(stage);
    step.set_outcome(outcome);
    step.set_reason(reason);
    message.set_final(final);
    log_.Append(log::kOutcomes, envelope.id(), message.SerializeAsString());
    replica_.Pump();
  }
  void Accepted(const std::string& url, const std::string& body = "") {
    Tell(url, body, false, data::v1::STEP_OUTCOME_ACCEPTED, "");
  }
  void Dropped(const std::string& url, const std::string& body, const std::string& reason) {
    Tell(url, body, true, data::v1::STEP_OUTCOME_DROPPED, reason);
  }
  void Published(const std::string& url, const std::string& body,
                 const std::string& requested = "") {
    Tell(url, body, true, data::v1::STEP_OUTCOME_PASSED, "published", requested);
  }
  std::string Reason(const std::string& url) {
    auto outcome = store_.ExplainUrl(url);
    if (!outcome.ok())
      return std::string(base::ToStd(absl::StatusCodeToString(outcome.status().code())));
    const auto& last = *outcome->envelope().trail().rbegin();
    return last.reason().empty() ? "accepted" : last.reason();
  }
  // The page's record, and the outcome that comes with it.
  void DeadLettered(const std::string& url, const std::string& body) {
    LetterOf(base::CaptureId(url, base::HashBytes(body)), 1, "dedupe", 10);
    Tell(url, body, true, data::v1::STEP_OUTCOME_DEAD_LETTERED, "DATA_LOSS");
  }
  void Letter(int n, const std::string& stage, size_t bytes = 10) {
    LetterOf(IdOf(n), n, stage, bytes);
  }
  void LetterOf(const std::string& id, int n, const std::string& stage, size_t bytes) {
    data::v1::DeadLetter letter;
    letter.mutable_envelope()->set_id(id);
    letter.set_stage(stage);
    letter.set_offset(static_cast<uint64_t>(n));
    letter.set_record(std::string(bytes, 'r'));
    log_.Append(log::kDeadLetters, stage, letter.SerializeAsString());
    replica_.Pump();
  }
  std::vector<int> Letters(OutcomeStore::DeadLetterQuery query) {
    std::vector<int> found;
    do {
      auto page = store_.ListDeadLetters(query);
      EXPECT_TRUE(page.ok()) << page.status();
      EXPECT_LE(page->letters.size(), query.letters_max);
      for (const auto& letter : page->letters) found.push_back(static_cast<int>(letter.offset()));
      query.token = page->next_token;
    } while (!query.token.empty());
    return found;
  }

  fakes::ManualClock clock_;
  fakes::MemoryLog log_;
  OutcomeStore store_;
  Replica replica_;
};

TEST_F(OutcomeStoreTest, TellsHowAPageEndedByUrlAndById) {
  Accepted(kPage, "body");
  EXPECT_EQ(Reason(kPage), "accepted");
  Published(kPage, "body");
  EXPECT_EQ(Reason(kPage), "published");
  auto by_id = store_.ExplainId(base::CaptureId(kPage, base::HashBytes("body")));
  ASSERT_TRUE(by_id.ok()) << by_id.status();
  EXPECT_TRUE(by_id->final());
}

TEST_F(OutcomeStoreTest, KnowsAPageUnderEverySpellingOfItsUrl) {
  Published(kPage, "body");
  EXPECT_EQ(Reason("HTTPS://News.Example:443/x/../a?utm_source=mail#top"), "published");
  EXPECT_EQ(store_.ExplainUrl("no url").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(OutcomeStoreTest, KnowsAPageByItsRequestedAndItsFinalUrl) {
  Published(kPage, "body", "https://short.example/1");
  EXPECT_EQ(Reason(kPage), "published");
  EXPECT_EQ(Reason("https://short.example/1"), "published");
}

TEST_F(OutcomeStoreTest, FollowsASubmittedUrlToItsCapture) {
  Accepted(kPage);
  const std::string submitted = base::TargetId(kPage);
  EXPECT_FALSE(store_.ExplainId(submitted)->final());
  Published(kPage, "body");
  EXPECT_TRUE(store_.ExplainId(submitted)->final());
  EXPECT_EQ(store_.ExplainId(submitted)->envelope().id(),
            base::CaptureId(kPage, base::HashBytes("body")));
}

TEST_F(OutcomeStoreTest, TheNewestCaptureStands) {
  Published(kPage, "first");
  clock_.Advance(absl::Hours(30));
  Dropped(kPage, "second", "off_topic");
  EXPECT_EQ(Reason(kPage), "off_topic");
}

TEST_F(OutcomeStoreTest, ThatAPageIsKnownDoesNotHideWhatBecameOfIt) {
  Published(kPage, "body");
  Dropped(kPage, "", "known");
  Accepted(kPage, "body");
  EXPECT_EQ(Reason(kPage), "published");
  Dropped(kPage, "body", "redelivered");
  EXPECT_EQ(Reason(kPage), "published");
  Dropped("https://news.example/b", "", "robots_disallowed");
  clock_.Advance(absl::Hours(40));
  Dropped("https://news.example/b", "", "known");
  EXPECT_EQ(Reason("https://news.example/b"), "robots_disallowed");
  Dropped("https://news.example/c", "", "known");
  EXPECT_EQ(Reason("https://news.example/c"), "known");
}

TEST_F(OutcomeStoreTest, ThatItsTextIsUnchangedDoesNotHideWhatBecameOfAPage) {
  Published(kPage, "text and visitor 1");
  for (int visitor = 2; visitor < 5; ++visitor) {
    clock_.Advance(absl::Hours(20));
    const std::string body = fmt::format("text and visitor {}", visitor);
    Accepted(kPage, body);
    EXPECT_EQ(Reason(kPage), "accepted");
    Dropped(kPage, body, "unchanged");
    EXPECT_EQ(Reason(kPage), "published");
    EXPECT_EQ(store_.ExplainId(base::CaptureId(kPage, base::HashBytes(body)))
                  ->envelope()
                  .trail(0)
                  .reason(),
              "unchanged");
  }
  Accepted(kPage, "text and visitor 5");
  Accepted(kPage, "text and visitor 6");
  Dropped(kPage, "text and visitor 5", "unchanged");
  Dropped(kPage, "text and visitor 6", "unchanged");
  EXPECT_EQ(Reason(kPage), "published");
}

TEST_F(OutcomeStoreTest, APageThatIsBackAsItWasIsNotExplainedByWhatStoodInItsPlace) {
  const std::string login = "https://news.example/login";
  Published(kPage, "text");
  Tell(login, "login", true, data::v1::STEP_OUTCOME_DROPPED, "empty", kPage, "deboilerplate");
  EXPECT_EQ(Reason(kPage), "empty");
  Accepted(kPage, "text");
  Dropped(kPage, "text", "unchanged");
  EXPECT_EQ(Reason(kPage), "published");
  Tell(login, "login", true, data::v1::STEP_OUTCOME_DROPPED, "empty", kPage, "deboilerplate");
  Accepted(kPage, "text and visitor 2");
  Dropped(kPage, "text and visitor 2", "unchanged");
  EXPECT_EQ(Reason(kPage), "unchanged");
}

TEST_F(OutcomeStoreTest, ARepeatThatEndsIsNotLeftOpen) {
  Accepted(kPage, "body");
  Dropped(kPage, "body", "redelivered");
  EXPECT_EQ(Reason(kPage), "redelivered");
}

TEST_F(OutcomeStoreTest, ForgetsAfterTheRetentionAndSaysHowLongThatIs) {
  Published(kPage, "body");
  clock_.Advance(absl::Hours(24 * 13));
  Dropped("https://news.example/later", "x", "off_topic");
  EXPECT_EQ(Reason(kPage), "published");
  clock_.Advance(absl::Hours(24 * 3));
  Dropped("https://news.example/last", "x", "off_topic");
  auto outcome = store_.ExplainUrl(kPage);
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(base::ToStd(outcome.status().message())), testing::HasSubstr("14 days"));
  // Not only out of sight: the rows are gone.
  const auto rows = log_.Dump().rows;
  for (const auto& [key, value] : rows) EXPECT_EQ(value.find(kPage), std::string::npos) << key;
}

TEST_F(OutcomeStoreTest, ListsDeadLettersTheNewestFirstByStageAndPage) {
  for (int n = 0; n < 30; ++n) Letter(n, n % 3 == 0 ? "dedupe" : "fetch");
  Reopen();
  auto all = Letters({.letters_max = 7});
  ASSERT_EQ(all.size(), 30u);
  EXPECT_EQ(all.front(), 29);
  EXPECT_TRUE(std::is_sorted(all.rbegin(), all.rend()));
  EXPECT_EQ(Letters({.stage = "dedupe", .letters_max = 3}).size(), 10u);
  EXPECT_EQ(Letters({.id = IdOf(4)}), std::vector<int>{4});
  EXPECT_EQ(store_.ListDeadLetters({.token = "x"}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(OutcomeStoreTest, ListsALetterUntilItsPageHasAnotherEnd) {
  DeadLettered(kPage, "body");
  EXPECT_EQ(Letters({}).size(), 1u);
  DeadLettered(kPage, "body");
  EXPECT_EQ(Letters({}).size(), 2u);
  Published(kPage, "body");
  EXPECT_TRUE(Letters({}).empty());
  EXPECT_EQ(Letters({.resolved = true}).size(), 2u);
  DeadLettered(kPage, "body");
  EXPECT_EQ(Letters({}).size(), 3u);
}

TEST_F(OutcomeStoreTest, AReplayThatALaterCaptureHasOvertakenResolvesItsLetter) {
  DeadLettered(kPage, "first");
  Published(kPage, "second");
  EXPECT_EQ(Letters({}).size(), 1u);
  Dropped(kPage, "", "known");
  EXPECT_EQ(Letters({}).size(), 1u);
  Dropped(kPage, "first", "unchanged");
  EXPECT_TRUE(Letters({}).empty());
  EXPECT_EQ(Reason(kPage), "published");
}

TEST_F(OutcomeStoreTest, BoundsAPageOfDeadLettersByBytes) {
  for (int n = 0; n < 100; ++n) Letter(n, "fetch", 65536);
  auto page = store_.ListDeadLetters({.letters_max = 1000});
  ASSERT_TRUE(page.ok());
  EXPECT_LT(page->letters.size(), 50u);
  EXPECT_EQ(Letters({.letters_max = 1000}).size(), 100u);
}

TEST_F(OutcomeStoreTest, KeepsNoMoreDeadLettersThanItMay) {
  Reopen({.letters_max = 20});
  for (int n = 0; n < 60; ++n) {
    Letter(n, "fetch");
    clock_.Advance(absl::Seconds(1));
  }
  const auto kept = Letters({});
  EXPECT_LE(kept.size(), 21u);
  EXPECT_GE(kept.size(), 19u);
  EXPECT_EQ(kept.front(), 59);
  Reopen({.letters_max = 20});
  EXPECT_EQ(Letters({}), kept);
}

TEST_F(OutcomeStoreTest, ListsSourcesAndForgetsThoseThatAreGone) {
  const auto hear = [&](const std::string& id, uint32_t failures) {
    data::v1::SourceHealth health;
    health.set_source_id(id);
    health.set_consecutive_failures(failures);
    log_.Append(log::kSources, id, health.SerializeAsString());
    replica_.Pump();
  };
  hear("agency", 0);
  hear("old", 0);
  clock_.Advance(absl::Hours(24 * 10));
  hear("agency", 2);
  auto sources = store_.ListSources();
  ASSERT_TRUE(sources.ok());
  ASSERT_EQ(sources->size(), 2u);
  EXPECT_EQ((*sources)[0].consecutive_failures(), 2u);
  Reopen();
  clock_.Advance(absl::Hours(24 * 5));
  hear("agency", 3);
  sources = store_.ListSources();
  ASSERT_EQ(sources->size(), 1u);
  EXPECT_EQ((*sources)[0].source_id(), "agency");
}

TEST_F(OutcomeStoreTest, IsUnavailableWhileItIsClosed) {
  replica_.Close();
  EXPECT_EQ(store_.ExplainUrl(kPage).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store_.ListSources().status().code(), absl::StatusCode::kUnavailable);
}

TEST(OutcomeStageTest, RefusesWhatIsNoMessageOfItsTopic) {
  fakes::ManualClock clock;
  OutcomeStore store({}, clock);
  auto stage = OutcomeStage::Create({}, store);
  log::Record record;
  record.topic = log::kOutcomes;
  record.value = "\xff\xff";
  EXPECT_EQ((*stage)->Prepare(record).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace sluice::feed
