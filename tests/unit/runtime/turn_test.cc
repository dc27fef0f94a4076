#include "pipeline/runtime/turn.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "sluice/data/v1/document.pb.h"
#include "sluice/data/v1/outcome.pb.h"

namespace sluice::runtime {
namespace {

using data::v1::Document;
using data::v1::Envelope;
using data::v1::Outcome;
using stage::Verdict;

class NoState final : public log::State {
 public:
  std::optional<std::string> Get(std::string_view, std::string_view) const override {
    return std::nullopt;
  }
  void Scan(std::string_view, std::string_view, std::string_view, log::Rows) const override {}
};

class PreparedPage final : public stage::Prepared {
 public:
  const Envelope* envelope() const override { return about_a_page ? &page : nullptr; }

  Envelope page;
  bool about_a_page = true;
};

// Does what the test says.
class ScriptedStage final : public stage::Stage {
 public:
  absl::StatusOr<std::unique_ptr<stage::Prepared>> Prepare(const log::Record&) const override {
    return absl::UnimplementedError("is prepared by the test");
  }
  absl::StatusOr<Verdict> Apply(stage::Prepared&, const log::Record&,
                                log::Transaction& transaction) override {
    return apply(transaction);
  }
  absl::Status OnWake(absl::Time, log::Transaction& transaction,
                      stage::Outcomes& outcomes) override {
    return wake(transaction, outcomes);
  }

  std::function<absl::StatusOr<Verdict>(log::Transaction&)> apply;
  std::function<absl::Status(log::Transaction&, stage::Outcomes&)> wake;
};

class TurnTest : public testing::Test {
 protected:
  static Envelope Page(std::string_view url) {
    Envelope page;
    page.set_url(std::string(url));
    return page;
  }
  static void EmitDocument(const Envelope& page, log::Transaction& transaction,
                           std::string_view topic = "documents") {
    Document document;
    *document.mutable_envelope() = page;
    ASSERT_TRUE(transaction.Emit(topic, "example.org", document.SerializeAsString()).ok());
  }

  absl::Status Apply(const Envelope& page, Verdict verdict) {
    stage_.apply = [=](log::Transaction& transaction) {
      EmitDocument(page, transaction);
      return verdict;
    };
    prepared_.page = page;
    return turn_.Apply(stage_, prepared_, {});
  }

  // What was emitted to documents and to outcomes, as "url: steps", a step by its outcome.
  std::vector<std::string> Told(std::string_view topic) {
    std::vector<std::string> told;
    for (const log::Transaction::Append& append : turn_.transaction().appends()) {
      if (append.topic != topic) continue;
      Outcome outcome;  // A Document begins alike.
      EXPECT_TRUE(outcome.ParseFromString(append.value));
      std::string& text = told.emplace_back(outcome.envelope().url() + ":");
      for (const data::v1::TrailStep& step : outcome.envelope().trail()) {
        text += ' ';
        text += data::v1::StepOutcome_Name(step.outcome()).substr(13);
      }
      if (outcome.final()) text += ", final";
    }
    return told;
  }
  using Strings = std::vector<std::string>;

  const NoState state_;
  Turn turn_{{.stage = "toy", .main_output = "documents"}, state_, absl::FromUnixSeconds(7)};
  ScriptedStage stage_;
  PreparedPage prepared_;
};

TEST_F(TurnTest, TellsAtOnceHowAPageEndsAndOtherwiseThatItHasCome) {
  ASSERT_TRUE(Apply(Page("passed"), Verdict::Passed()).ok());
  ASSERT_TRUE(Apply(Page("published"), Verdict::Published("published")).ok());
  ASSERT_TRUE(Apply(Page("dropped"), Verdict::Dropped("unwanted")).ok());
  ASSERT_TRUE(Apply(Page("held"), Verdict::Held()).ok());
  Envelope old = Page("old");
  old.add_trail()->set_outcome(data::v1::STEP_OUTCOME_PASSED);
  ASSERT_TRUE(Apply(old, Verdict::Passed()).ok());
  EXPECT_EQ(Told("documents"), (Strings{"passed: PASSED", "published: PASSED",
                                        "dropped:", "held:", "old: PASSED PASSED"}));
  EXPECT_EQ(Told("outcomes"), (Strings{"passed: PASSED", "published: PASSED, final",
                                       "dropped: DROPPED, final", "held: ACCEPTED"}));
  EXPECT_EQ(turn_.counts().received, 5U);
  EXPECT_EQ(turn_.counts().passed, 3U);
  EXPECT_EQ(turn_.counts().held, 1);
  ASSERT_EQ(turn_.counts().dropped.size(), 1U);
  EXPECT_EQ(turn_.counts().dropped[0].first, "unwanted");
  EXPECT_EQ(turn_.counts().dropped[0].second, 1U);
}

TEST_F(TurnTest, CountsARecordThatIsAboutNoPageAndTellsNothing) {
  prepared_.about_a_page = false;
  ASSERT_TRUE(Apply(Page("no"), Verdict::Dropped("unwanted")).ok());
  EXPECT_EQ(turn_.counts().received, 1U);
  EXPECT_EQ(Told("outcomes"), Strings());
}

TEST_F(TurnTest, SettlesHeldPagesEachWithWhatWasEmittedForIt) {
  stage_.wake = [&](log::Transaction& transaction, stage::Outcomes& outcomes) {
    EmitDocument(Page("a"), transaction);
    EmitDocument(Page("beside"), transaction, "sources");
    outcomes.Settle(Page("a"), Verdict::Passed());
    outcomes.Settle(Page("b"), Verdict::Dropped("unwanted"));
    EmitDocument(Page("c"), transaction);
    outcomes.Settle(Page("c"), Verdict::Passed());
    return absl::OkStatus();
  };
  ASSERT_TRUE(Apply(Page("before"), Verdict::Passed()).ok());
  ASSERT_TRUE(turn_.Wake(stage_).ok());
  EXPECT_EQ(Told("documents"), (Strings{"before: PASSED", "a: PASSED", "c: PASSED"}));
  EXPECT_EQ(Told("sources"), Strings{"beside:"});
  EXPECT_EQ(turn_.counts().received, 1U) << "the others came in earlier turns";
  EXPECT_EQ(turn_.counts().passed, 3U);
  EXPECT_EQ(turn_.counts().held, -3);
}

TEST_F(TurnTest, TakesInAPageThatNoRecordBrought) {
  stage_.wake = [&](log::Transaction& transaction, stage::Outcomes& outcomes) {
    outcomes.Accept(Page("a"));
    EmitDocument(Page("a"), transaction);
    outcomes.Settle(Page("a"), Verdict::Passed());
    return absl::OkStatus();
  };
  ASSERT_TRUE(turn_.Wake(stage_).ok());
  EXPECT_EQ(Told("documents"), Strings{"a: PASSED"});
  EXPECT_EQ(Told("outcomes").front(), "a: ACCEPTED");
  EXPECT_EQ(turn_.counts().received, 1U);
  EXPECT_EQ(turn_.counts().passed, 1U);
  EXPECT_EQ(turn_.counts().held, 0);
}

TEST_F(TurnTest, UndoesAWakeThatFails) {
  ASSERT_TRUE(Apply(Page("before"), Verdict::Held()).ok());
  const size_t appends = turn_.transaction().appends().size();
  stage_.wake = [&](log::Transaction& transaction, stage::Outcomes& outcomes) {
    EmitDocument(Page("a"), transaction);
    outcomes.Accept(Page("a"));
    outcomes.Settle(Page("before"), Verdict::Dropped("unwanted"));
    return absl::UnavailableError("later");
  };
  EXPECT_EQ(turn_.Wake(stage_).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(turn_.transaction().appends().size(), appends);
  EXPECT_EQ(turn_.counts().received, 1U);
  EXPECT_EQ(turn_.counts().held, 1);
  EXPECT_TRUE(turn_.counts().dropped.empty());
}

TEST_F(TurnTest, EmitsNothingForAReplica) {
  Turn replica({.stage = "feed", .main_output = ""}, state_, absl::FromUnixSeconds(7));
  stage_.apply = [](log::Transaction&) { return Verdict::Dropped("unwanted"); };
  ASSERT_TRUE(replica.Apply(stage_, prepared_, {}).ok());
  replica.DeadLetter({}, absl::DataLossError("broken"), 1);
  EXPECT_TRUE(replica.transaction().empty());
  EXPECT_EQ(replica.counts().received, 2U);
  EXPECT_EQ(replica.counts().dead_lettered, 1U);
}

}  // namespace
}  // namespace sluice::runtime
