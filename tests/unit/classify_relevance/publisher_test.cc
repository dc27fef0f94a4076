#include "services/classify_relevance/publisher.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "pipeline/base/strings.h"

namespace sluice::classify_relevance {
namespace {

// Committed rows in a map.
class MapState final : public log::State {
 public:
  std::optional<std::string> Get(std::string_view table, std::string_view key) const override {
    const auto place = rows.find(std::string(table) + "/" + std::string(key));
    return place == rows.end() ? std::nullopt : std::optional<std::string>(place->second);
  }
  void Scan(std::string_view, std::string_view, std::string_view, log::Rows) const override {}

  void Commit(const log::Transaction& transaction) {
    for (const log::Transaction::Row& row : transaction.rows()) {
      const std::string key = row.table + "/" + row.key;
      if (row.value.has_value()) {
        rows[key] = *row.value;
      } else {
        rows.erase(key);
      }
    }
  }

  std::map<std::string, std::string> rows;
};

constexpr absl::Duration kArticleMemory = absl::Hours(24 * 90);

class PublisherTest : public testing::Test {
 protected:
  Decision Decide(const std::string& article, uint32_t revision, const std::string& cluster,
                  std::vector<double> scores, bool gone = false) {
    DocumentView document;
    document.article_id = article;
    document.cluster_id = cluster;
    document.revision = revision;
    document.title = "Story";
    document.gone = gone;
    std::vector<data::v1::TopicMatch> matches;
    for (size_t i = 0; i < scores.size(); ++i) {
      matches.emplace_back().set_topic(i == 0 ? "first" : "second");
      matches.back().set_score(scores[i]);
    }
    return Decide(document, std::move(matches));
  }
  Decision Decide(const DocumentView& document, std::vector<data::v1::TopicMatch> matches) {
    log::Transaction transaction(&state_);
    Decision decision = publisher_.Decide(document, std::move(matches), now_, transaction).value();
    state_.Commit(transaction);
    publisher_.Keep(decision);
    return decision;
  }

  Decision Withdraw(const std::string& article, const std::string& cluster, bool undone = false) {
    DocumentView document;
    document.article_id = article;
    document.cluster_id = cluster;
    document.revision = 1;
    document.withdrawn = !undone;
    document.allowed_again = undone;
    return Decide(document, {});
  }

  static Publisher MakePublisher() {
    return {{{"first", 0.5, 0.3}, {"second", 0.7, 0.3}}, kArticleMemory};
  }
  void Restart() {
    publisher_ = MakePublisher();
    for (const auto& [key, row] : state_.rows) publisher_.Load(key.substr(key.find('/') + 1), row);
  }

  MapState state_;
  Publisher publisher_ = MakePublisher();
  absl::Time now_ = absl::FromUnixSeconds(1'767'600'000);
};

TEST_F(PublisherTest, PublishesWhatATopicKeeps) {
  const Decision decision = Decide("a", 1, "c", {0.5, 0.7});
  EXPECT_EQ(decision.event, data::v1::FEED_EVENT_PUBLISHED);
  ASSERT_EQ(decision.matches.size(), 2U);
  EXPECT_EQ(decision.matches[0].topic(), "second") << "the best first";
  EXPECT_EQ(Decide("b", 1, "d", {0.8, 0.8}).matches.at(0).topic(), "first") << "or by name";
}

TEST_F(PublisherTest, DropsWhatNoTopicKeepsAndRemembersNothing) {
  const Decision decision = Decide("a", 1, "c", {0.49, 0.69});
  EXPECT_EQ(decision.event, data::v1::FEED_EVENT_UNSPECIFIED);
  EXPECT_EQ(decision.drop_reason, Publisher::kOffTopic);
  EXPECT_TRUE(state_.rows.empty());
}

TEST_F(PublisherTest, CopiesWhenTheClusterIsShownAlready) {
  Decide("a", 1, "c", {0.6, 0});
  EXPECT_EQ(Decide("b", 1, "c", {0.6, 0}).event, data::v1::FEED_EVENT_COPIED);
  EXPECT_EQ(Decide("d", 1, "other", {0.6, 0}).event, data::v1::FEED_EVENT_PUBLISHED);
}

TEST_F(PublisherTest, UpdatesDownToTheThresholdOfRetraction) {
  Decide("a", 1, "c", {0.6, 0});
  const Decision decision = Decide("a", 2, "c", {0.31, 0.4});
  EXPECT_EQ(decision.event, data::v1::FEED_EVENT_UPDATED);
  ASSERT_EQ(decision.matches.size(), 1U) << "the second topic never kept it";
  EXPECT_EQ(decision.matches[0].topic(), "first");
}

TEST_F(PublisherTest, RemembersAnArticleAsItWasLastShown) {
  Decide("a", 1, "c", {0.6, 0});
  DocumentView changed;
  changed.article_id = "a";
  changed.cluster_id = "c";
  changed.revision = 2;
  changed.title = "Another headline";
  data::v1::TopicMatch second;
  second.set_topic("second");
  second.set_score(0.9);
  EXPECT_EQ(Decide(changed, {data::v1::TopicMatch(), second}).event, data::v1::FEED_EVENT_UPDATED);
  EXPECT_EQ(Decide(changed, {data::v1::TopicMatch(), second}).drop_reason, Publisher::kRedelivered);
  EXPECT_EQ(Decide("a", 3, "c", {0.4, 0.4}).matches.at(0).topic(), "second")
      << "the first one keeps it no longer";
  Decide(changed, {});
  changed.revision = 4;
  Decide(changed, {data::v1::TopicMatch(), second});
  EXPECT_EQ(Decide("a", 4, "c", {}, true).title, "Another headline");
}

TEST_F(PublisherTest, RetractsBelowIt) {
  Decide("a", 1, "c", {0.6, 0});
  const Decision decision = Decide("a", 2, "c", {0.29, 0});
  EXPECT_EQ(decision.event, data::v1::FEED_EVENT_RETRACTED);
  EXPECT_EQ(decision.retraction_reason, "off_topic");
  EXPECT_TRUE(state_.rows.empty());
}

TEST_F(PublisherTest, RetractsWhatIsGoneAndOnlyOnce) {
  Decide("a", 1, "c", {0.9, 0});
  EXPECT_EQ(Decide("a", 1, "c", {}, true).retraction_reason, "gone");
  EXPECT_EQ(Decide("a", 1, "c", {}, true).drop_reason, Publisher::kGone);
}

TEST_F(PublisherTest, PublishesAgainAfterARetraction) {
  Decide("a", 1, "c", {0.9, 0});
  Decide("a", 2, "c", {0.1, 0});
  EXPECT_EQ(Decide("a", 3, "c", {0.9, 0}).event, data::v1::FEED_EVENT_PUBLISHED);
}

TEST_F(PublisherTest, ForgetsAClusterWithItsLastArticle) {
  Decide("a", 1, "c", {0.9, 0});
  Decide("b", 1, "c", {0.9, 0});
  Decide("a", 1, "c", {}, true);
  EXPECT_EQ(Decide("d", 1, "c", {0.9, 0}).event, data::v1::FEED_EVENT_COPIED);
  Decide("b", 1, "c", {}, true);
  Decide("d", 1, "c", {}, true);
  EXPECT_EQ(Decide("e", 1, "c", {0.9, 0}).event, data::v1::FEED_EVENT_PUBLISHED);
}

TEST_F(PublisherTest, DropsARevisionThatItHasSeen) {
  Decide("a", 2, "c", {0.9, 0});
  EXPECT_EQ(Decide("a", 2, "c", {0.1, 0}).drop_reason, Publisher::kRedelivered);
  EXPECT_EQ(Decide("a", 1, "c", {0.1, 0}).drop_reason, Publisher::kRedelivered);
}

TEST_F(PublisherTest, RetractsWhatAnOperatorWithdrawsAndOnlyOnce) {
  Decide("a", 1, "c", {0.9, 0});
  const Decision decision = Withdraw("a", "c");
  EXPECT_EQ(decision.event, data::v1::FEED_EVENT_RETRACTED);
  EXPECT_EQ(decision.retraction_reason, "withdrawn");
  EXPECT_EQ(decision.title, "Story");
  const auto rows = state_.rows;
  EXPECT_EQ(Withdraw("a", "c").drop_reason, Publisher::kWithdrawn);
  EXPECT_EQ(state_.rows, rows);
}

TEST_F(PublisherTest, KeepsAWithdrawnArticleOutWhateverItBecomes) {
  Decide("a", 1, "c", {0.9, 0});
  Withdraw("a", "c");
  EXPECT_EQ(Decide("a", 2, "c", {0.9, 0.9}).drop_reason, Publisher::kWithdrawn);
  EXPECT_EQ(Decide("a", 3, "c", {0.1, 0}).drop_reason, Publisher::kWithdrawn);
  EXPECT_EQ(Decide("a", 3, "c", {}, true).drop_reason, Publisher::kWithdrawn);
}

TEST_F(PublisherTest, KeepsOutWhatWasWithdrawnBeforeItWasShown) {
  EXPECT_EQ(Withdraw("a", "c").drop_reason, Publisher::kWithdrawn);
  EXPECT_EQ(Decide("a", 1, "c", {0.9, 0}).drop_reason, Publisher::kWithdrawn);
}

TEST_F(PublisherTest, PublishesAgainWhenAWithdrawalIsUndone) {
  Decide("a", 2, "c", {0.9, 0});
  Withdraw("a", "c");
  EXPECT_EQ(Withdraw("a", "c", true).drop_reason, Publisher::kAllowedAgain);
  EXPECT_TRUE(state_.rows.empty());
  EXPECT_EQ(Withdraw("a", "c", true).drop_reason, Publisher::kAllowedAgain);
  EXPECT_EQ(Decide("a", 3, "c", {0.9, 0}).event, data::v1::FEED_EVENT_PUBLISHED);
  EXPECT_EQ(Withdraw("a", "c").retraction_reason, "withdrawn");
}

TEST_F(PublisherTest, AnUndoOfWhatIsShownChangesNothing) {
  Decide("a", 1, "c", {0.9, 0});
  const auto rows = state_.rows;
  EXPECT_EQ(Withdraw("a", "c", true).drop_reason, Publisher::kAllowedAgain);
  EXPECT_EQ(state_.rows, rows);
}

TEST_F(PublisherTest, LeavesTheOtherArticlesOfAWithdrawnOnesCluster) {
  Decide("a", 1, "c", {0.9, 0});
  Decide("b", 1, "c", {0.9, 0});
  Withdraw("a", "c");
  EXPECT_EQ(Decide("b", 2, "c", {0.9, 0}).event, data::v1::FEED_EVENT_UPDATED);
  EXPECT_EQ(Decide("d", 1, "c", {0.9, 0}).event, data::v1::FEED_EVENT_COPIED);
  Withdraw("b", "c");
  Withdraw("d", "c");
  EXPECT_EQ(Decide("e", 1, "c", {0.9, 0}).event, data::v1::FEED_EVENT_PUBLISHED)
      << "none of the others is shown";
  Withdraw("a", "c", true);
  EXPECT_EQ(Decide("a", 2, "c", {0.9, 0}).event, data::v1::FEED_EVENT_COPIED);
}

TEST_F(PublisherTest, SaysThatARowIsDamaged) {
  state_.rows["published/aa"] = "\xff\xff";
  DocumentView document;
  document.article_id = "a";
  log::Transaction transaction(&state_);
  EXPECT_EQ(publisher_.Decide(document, {}, now_, transaction).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(PublisherTest, ForgetsAnArticleOfWhichNothingWasToldForLong) {
  Decide("a", 1, "c", {0.9, 0});
  now_ += kArticleMemory;
  EXPECT_EQ(Decide("a", 2, "c", {0.9, 0}).event, data::v1::FEED_EVENT_UPDATED);
  now_ += kArticleMemory;
  Decide("b", 1, "off", {0, 0});
  EXPECT_EQ(state_.rows.size(), 2U) << "an update is told too";
  now_ += absl::Seconds(1);
  Decide("b", 2, "off", {0, 0});
  EXPECT_TRUE(state_.rows.empty()) << "neither the article nor its cluster";
  EXPECT_EQ(Decide("a", 3, "c", {}, true).drop_reason, Publisher::kGone);
  EXPECT_EQ(Decide("a", 3, "c", {0.9, 0}).event, data::v1::FEED_EVENT_PUBLISHED);
}

TEST_F(PublisherTest, JudgesTheVeryArticleThatItForgetsAsANewOne) {
  Decide("a", 1, "c", {0.9, 0});
  now_ += kArticleMemory + absl::Seconds(1);
  EXPECT_EQ(Decide("a", 2, "c", {0.4, 0}).drop_reason, Publisher::kOffTopic);
  EXPECT_TRUE(state_.rows.empty());
}

TEST_F(PublisherTest, CountsNoArticleOfAClusterThatItHasForgotten) {
  Decide("a", 1, "c", {0.9, 0});
  now_ += absl::Hours(24);
  EXPECT_EQ(Decide("b", 1, "c", {0.9, 0}).event, data::v1::FEED_EVENT_COPIED);
  now_ += kArticleMemory - absl::Hours(1);
  EXPECT_EQ(Decide("b", 1, "c", {}, true).event, data::v1::FEED_EVENT_RETRACTED);
  EXPECT_TRUE(state_.rows.empty());
  EXPECT_EQ(Decide("d", 1, "c", {0.9, 0}).event, data::v1::FEED_EVENT_PUBLISHED);
}

TEST_F(PublisherTest, NeverForgetsThatAnArticleIsWithdrawn) {
  Decide("a", 1, "c", {0.9, 0});
  Withdraw("a", "c");
  Withdraw("b", "d");
  now_ += 100 * kArticleMemory;
  Restart();
  EXPECT_EQ(Decide("a", 2, "c", {0.9, 0.9}).drop_reason, Publisher::kWithdrawn);
  EXPECT_EQ(Decide("b", 1, "d", {0.9, 0.9}).drop_reason, Publisher::kWithdrawn);
}

TEST_F(PublisherTest, ForgetsNoMoreAtATimeThanATurnCanBear) {
  for (int n = 0; n < 100; ++n) Decide(fmt::format("a{}", n), 1, "c", {0.9, 0});
  now_ += 2 * kArticleMemory;
  for (size_t left = state_.rows.size(); left > 0; left = state_.rows.size()) {
    Decide("b", 1, "off", {0, 0});
    EXPECT_LT(state_.rows.size(), left);
    EXPECT_GE(state_.rows.size() + 20, left);
  }
}

TEST_F(PublisherTest, CountsTheTimeOfAnEarlierVersionsRowsFromWhereItMeetsThem) {
  for (const char* id : {"a", "b", "d"}) {
    Decide(id, 1, id, {0.9, 0});
    state::v1::PublishedArticle row;
    std::string& bytes = state_.rows[fmt::format("published/a{}", id)];
    ASSERT_TRUE(row.ParseFromString(bytes));
    row.clear_told_at();
    bytes = row.SerializeAsString();
  }
  Restart();
  now_ += 2 * kArticleMemory;
  EXPECT_EQ(Decide("a", 2, "a", {0.9, 0}).event, data::v1::FEED_EVENT_UPDATED);
  EXPECT_EQ(Decide("b", 2, "b", {}, true).event, data::v1::FEED_EVENT_RETRACTED);
  EXPECT_EQ(Decide("b", 2, "b", {}, true).drop_reason, Publisher::kGone);
  now_ += kArticleMemory + absl::Seconds(1);
  Decide("e", 1, "off", {0, 0});
  EXPECT_TRUE(state_.rows.empty());
}

// What it has in memory is what its rows say, whatever happened before.
TEST_F(PublisherTest, SaysTheSameHoweverOftenItIsStartedAnew) {
  std::vector<std::map<std::string, std::string>> rows;
  std::vector<std::string> events;
  for (const bool restarts : {false, true}) {
    SCOPED_TRACE(restarts);
    state_.rows.clear();
    Restart();
    std::mt19937 random(7);
    std::map<std::string, uint32_t> revisions;
    std::string said;
    for (int step = 0; step < 3000; ++step) {
      now_ += absl::Hours(random() % 60);
      if (step == 1500) now_ += 2 * kArticleMemory;
      const std::string article = fmt::format("a{}", random() % 60);
      const std::string cluster = fmt::format("c{}", article.back());
      Decision decision;
      switch (random() % 12) {
        case 0:
          decision = Withdraw(article, cluster, random() % 2 == 0);
          break;
        case 1:
        case 2:
          decision = Decide(article, revisions[article], cluster, {}, true);
          break;
        default:
          decision = Decide(article, ++revisions[article], cluster,
                            {0.1 * static_cast<double>(random() % 10), 0.6});
      }
      said += fmt::format("{}{}{} ", static_cast<int>(decision.event), decision.drop_reason,
                          decision.retraction_reason);
      if (restarts && step % 3 == 0) Restart();
    }
    rows.push_back(state_.rows);
    events.push_back(said);
    now_ = absl::FromUnixSeconds(1'767'600'000);
  }
  EXPECT_EQ(rows[0], rows[1]);
  EXPECT_EQ(events[0], events[1]);
}

}  // namespace
}  // namespace sluice::classify_relevance
