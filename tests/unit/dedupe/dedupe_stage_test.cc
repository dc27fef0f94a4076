#include "services/dedupe/dedupe_stage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/ascii.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "services/dedupe/stored_rows.h"
#include "sluice/data/v1/deduped_document.pb.h"
#include "sluice/state/v1/dedupe.pb.h"
#include "tests/unit/dedupe/sample_texts.h"

namespace sluice::dedupe {
namespace {

using data::v1::DedupedDocument;
using data::v1::Document;
using stage::Verdict;

const absl::Time kStart = absl::FromCivil(absl::CivilDay(2026, 3, 2), absl::UTCTimeZone());

Document MakeDocument(std::string_view id, std::string_view url, std::string_view title,
                      std::string_view text) {
  Document document;
  document.mutable_envelope()->set_id(base::HashBytes(id).Hex());
  document.mutable_envelope()->set_url(std::string(url));
  document.mutable_envelope()->add_trail()->set_stage("deboilerplate");
  document.set_title(std::string(title));
  document.set_text(std::string(text));
  document.set_body_hash(base::HashBytes(text).Bytes());
  document.set_extractor_version(1);
  return document;
}

// A stage and the tables that outlive it.
class Shard {
 public:
  explicit Shard(const DedupeOptions& options = {}) : options_(options) { Restart(); }

  void Restart() {
    stage_.reset();
    auto stage = DedupeStage::Create(options_, &mailbox, [] {});
    ASSERT_TRUE(stage.ok()) << stage.status();
    stage_ = *std::move(stage);
    for (const std::string table : {"documents", "texts", "withdrawn"}) {
      for (const auto& [key, value] : tables[table]) stage_->Load(table, key, value);
    }
  }

  absl::StatusOr<Verdict> Take(const Document& document, std::string_view domain = "x.example") {
    const std::string value = document.SerializeAsString();
    const log::Record record{.topic = log::kDocuments,
                             .partition = 0,
                             .offset = offset_++,
                             .appended = now,
                             .key = domain,
                             .value = value};
    auto prepared = stage_->Prepare(record);
    if (!prepared.ok()) return prepared.status();
    log::Transaction transaction(nullptr);
    auto verdict = stage_->Apply(**prepared, record, transaction);
    for (const auto& row : transaction.rows()) {
      if (row.value.has_value()) {
        tables[row.table][row.key] = *row.value;
      } else {
        tables[row.table].erase(row.key);
      }
    }
    for (const auto& expiry : transaction.expiries()) {
      const absl::Time time = expiry.second;
      std::erase_if(tables[expiry.first],
                    [time](const auto& row) { return log::ExpiringKeyTime(row.first) < time; });
    }
    for (const auto& append : transaction.appends()) {
      EXPECT_EQ(append.topic, log::kDeduped);
      DedupedDocument& deduped = emitted.emplace_back();
      EXPECT_TRUE(deduped.ParseFromString(append.value));
      EXPECT_EQ(append.key, deduped.cluster_id());
    }
    return verdict;
  }

  absl::StatusOr<Place> Look(LookupMailbox::Lookup letter) {
    absl::StatusOr<Place> found = absl::UnknownError("no answer");
    letter.answer = [&found](absl::StatusOr<Place> place) { found = std::move(place); };
    Ask(std::move(letter));
    return found;
  }

  Withdrawals::ListPage ListWithdrawn() {
    absl::StatusOr<Withdrawals::ListPage> found = absl::UnknownError("no answer");
    Ask(LookupMailbox::Listing{
        .answer = [&found](absl::StatusOr<Withdrawals::ListPage> page) { found = page; }});
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *found : Withdrawals::ListPage();
  }

  void Ask(LookupMailbox::Letter letter) {
    mailbox.Post(std::move(letter));
    log::Transaction transaction(nullptr);
    struct NoOutcomes final : stage::Outcomes {
      void Accept(const data::v1::Envelope&) override {}
      void Settle(const data::v1::Envelope&, const Verdict&) override {}
    } outcomes;
    EXPECT_TRUE(stage_->OnWake(now, transaction, outcomes).ok());
  }

  LookupMailbox mailbox;
  std::map<std::string, std::map<std::string, std::string>> tables;
  std::vector<DedupedDocument> emitted;
  absl::Time now = kStart;

 private:
  DedupeOptions options_;
  std::unique_ptr<DedupeStage> stage_;
  uint64_t offset_ = 0;
};

TEST(DedupeStageTest, EmitsTheDocumentWithItsPlaceUnderItsCluster) {
  Shard shard;
  SampleTexts texts(1);
  const Document document =
      MakeDocument("a", "https://x.example/1", texts.Title(), texts.Article(120));
  const auto verdict = shard.Take(document);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->kind, Verdict::Kind::kPassed);
  ASSERT_EQ(shard.emitted.size(), 1U);
  const DedupedDocument& deduped = shard.emitted[0];
  EXPECT_EQ(deduped.envelope().SerializeAsString(), document.envelope().SerializeAsString());
  EXPECT_FALSE(deduped.document().has_envelope());
  EXPECT_EQ(deduped.document().text(), document.text());
  EXPECT_EQ(deduped.article_id(), document.envelope().id());
  EXPECT_EQ(deduped.cluster_id(), document.envelope().id());
  EXPECT_EQ(deduped.revision(), 1U);
  EXPECT_EQ(deduped.relation(), data::v1::RELATION_ORIGINAL);
}

TEST(DedupeStageTest, DropsWhatItHasSeen) {
  Shard shard;
  const Document document =
      MakeDocument("a", "https://x.example/1", "t", SampleTexts(2).Article(120));
  ASSERT_TRUE(shard.Take(document).ok());
  EXPECT_EQ(shard.Take(document)->reason, DedupeStage::kRedelivered);
  Document resaved = document;
  resaved.mutable_envelope()->set_id(base::HashBytes("b").Hex());
  EXPECT_EQ(shard.Take(resaved)->reason, DedupeStage::kUnchanged);
  Document same_body = resaved;
  same_body.mutable_envelope()->set_id(base::HashBytes("c").Hex());
  same_body.set_text("extracted in another way");
  EXPECT_EQ(shard.Take(same_body)->reason, DedupeStage::kUnchanged);
  EXPECT_EQ(shard.emitted.size(), 1U);
}

TEST(DedupeStageTest, KnowsAnArticleByItsRequestedAndCanonicalUrl) {
  Shard shard;
  SampleTexts texts(3);
  const std::string text = texts.Article(120);
  Document first = MakeDocument("a", "https://x.example/story?ref=1", "t", text);
  first.mutable_envelope()->set_requested_url("https://x.example/s/1");
  first.set_canonical_url("https://news.x.example/story");
  ASSERT_TRUE(shard.Take(first).ok());
  int number = 0;
  for (const std::string url :
       {"https://x.example/story?ref=1", "https://x.example/s/1", "https://news.x.example/story"}) {
    const std::string id = fmt::format("b{}", number++);
    ASSERT_TRUE(shard.Take(MakeDocument(id, url, "t", texts.Sentence() + text)).ok());
    EXPECT_EQ(shard.emitted.back().article_id(), first.envelope().id()) << url;
    EXPECT_EQ(shard.emitted.back().revision(), 1U + number) << url;
  }
}

TEST(DedupeStageTest, TrustsNoCanonicalUrlOfAnotherDomain) {
  Shard shard;
  SampleTexts texts(4);
  ASSERT_TRUE(shard
                  .Take(MakeDocument("a", "https://agency.example/1", "t", texts.Article(100)),
                        "agency.example")
                  .ok());
  for (const std::string url : {"https://agency.example/1", "https://notx.example/1"}) {
    Document document = MakeDocument(url, "https://x.example/" + std::to_string(url.size()), "u",
                                     texts.Article(100));
    document.set_canonical_url(url);
    ASSERT_TRUE(shard.Take(document).ok());
    EXPECT_EQ(shard.emitted.back().article_id(), document.envelope().id()) << url;
  }
}

TEST(DedupeStageTest, PassesOnThatAKnownPageIsGone) {
  Shard shard;
  const Document document =
      MakeDocument("a", "https://x.example/1", "t", SampleTexts(5).Article(100));
  ASSERT_TRUE(shard.Take(document).ok());
  Document gone = MakeDocument("g", "https://x.example/1", "", "");
  gone.set_gone(true);
  gone.clear_body_hash();
  EXPECT_EQ(shard.Take(gone)->kind, Verdict::Kind::kPassed);
  EXPECT_TRUE(shard.emitted.back().document().gone());
  EXPECT_EQ(shard.emitted.back().article_id(), document.envelope().id());
  gone.mutable_envelope()->set_id(base::HashBytes("h").Hex());
  gone.mutable_envelope()->set_url("https://x.example/2");
  EXPECT_EQ(shard.Take(gone)->reason, DedupeStage::kUnknownGone);
}

// An operator's word on `url`.
Document Withdraw(std::string_view id, std::string_view url, bool undone = false) {
  Document document = MakeDocument(id, url, "", "");
  document.clear_body_hash();
  document.mutable_withdrawal()->set_undone(undone);
  if (!undone) document.mutable_withdrawal()->set_reason("wrong name");
  return document;
}

TEST(DedupeStageTest, PassesOnAWithdrawalWithTheArticleThatIsKnownThere) {
  Shard shard;
  SampleTexts texts(11);
  const std::string text = texts.Article(100);
  ASSERT_TRUE(shard.Take(MakeDocument("a", "https://x.example/1", "t", text)).ok());
  ASSERT_TRUE(
      shard.Take(MakeDocument("b", "https://x.example/1", "t", text + texts.Sentence())).ok());
  EXPECT_EQ(shard.Take(Withdraw("w", "https://x.example/1"))->kind, Verdict::Kind::kPassed);
  const DedupedDocument& word = shard.emitted.back();
  EXPECT_EQ(word.document().withdrawal().reason(), "wrong name");
  EXPECT_EQ(word.envelope().id(), base::HashBytes("w").Hex());
  EXPECT_EQ(word.article_id(), base::HashBytes("a").Hex());
  EXPECT_EQ(word.cluster_id(), base::HashBytes("a").Hex());
  EXPECT_EQ(word.revision(), 2U);
}

TEST(DedupeStageTest, KeepsOutWhatIsReadAtAWithdrawnAddressWhateverItSays) {
  Shard shard;
  SampleTexts texts(12);
  const std::string text = texts.Article(100);
  Document first = MakeDocument("a", "https://x.example/story?ref=1", "t", text);
  first.mutable_envelope()->set_requested_url("https://x.example/s/1");
  ASSERT_TRUE(shard.Take(first).ok());
  // Known by the address that was asked for: where it is found is closed too.
  ASSERT_TRUE(shard.Take(Withdraw("w", "https://x.example/s/1")).ok());
  const size_t emitted = shard.emitted.size();
  for (const bool restarted : {false, true}) {
    if (restarted) shard.Restart();
    const std::string run = restarted ? "after" : "before";
    EXPECT_EQ(shard.Take(first)->reason, DedupeStage::kWithdrawn);
    const auto update = shard.Take(
        MakeDocument(run + "b", "http://www.x.example/story?ref=1", "t", texts.Sentence() + text));
    EXPECT_EQ(update->reason, DedupeStage::kWithdrawn);
    EXPECT_THAT(update->detail, testing::HasSubstr("https://x.example/s/1"));
    EXPECT_THAT(update->detail, testing::HasSubstr("2026-03-02"));
    EXPECT_THAT(update->detail, testing::HasSubstr("wrong name"));
    // Another story has taken the address over.
    Document other = MakeDocument(run + "c", "https://x.example/s/1", "u", texts.Article(100));
    EXPECT_EQ(shard.Take(other)->reason, DedupeStage::kWithdrawn);
    // A page of the site that says that it is the withdrawn one.
    other.mutable_envelope()->set_url("https://x.example/amp/1");
    other.set_canonical_url("https://x.example/s/1");
    EXPECT_EQ(shard.Take(other)->reason, DedupeStage::kWithdrawn);
  }
  EXPECT_EQ(shard.emitted.size(), emitted);
  shard.now += absl::Hours(24 * 400);
  EXPECT_EQ(shard.Take(MakeDocument("late", "https://x.example/s/1", "t", text))->reason,
            DedupeStage::kWithdrawn)
      << "long after the article is forgotten";
}

TEST(DedupeStageTest, LeavesTheOtherPagesOfASiteThatNamesOneAddressForAll) {
  Shard shard;
  SampleTexts texts(13);
  const auto page = [&](std::string_view id) {
    Document document = MakeDocument(id, fmt::format("https://x.example/{}", id), texts.Title(),
                                     texts.Article(100));
    document.set_canonical_url("https://x.example/news");
    return document;
  };
  ASSERT_TRUE(shard.Take(page("a")).ok());
  ASSERT_TRUE(shard.Take(Withdraw("w", "https://x.example/a")).ok());
  EXPECT_EQ(shard.Take(page("b"))->kind, Verdict::Kind::kPassed);
  EXPECT_EQ(shard.emitted.back().article_id(), base::HashBytes("b").Hex());
  // The newest under that address is one that went, or whose text is forgotten.
  Document gone = MakeDocument("g", "https://x.example/b", "", "");
  gone.set_gone(true);
  gone.clear_body_hash();
  ASSERT_EQ(shard.Take(gone)->kind, Verdict::Kind::kPassed);
  ASSERT_TRUE(shard.Take(page("c")).ok());
  EXPECT_EQ(shard.emitted.back().article_id(), base::HashBytes("c").Hex());
  shard.now += absl::Hours(24 * 40);
  ASSERT_TRUE(shard.Take(page("d")).ok());
  EXPECT_EQ(shard.emitted.back().article_id(), base::HashBytes("d").Hex());
}

TEST(DedupeStageTest, TakesAnotherTextAtItsOwnAddressForAnUpdateWhereTheOldOneIsForgotten) {
  for (const bool canonical : {false, true}) {
    Shard shard;
    SampleTexts texts(26);
    for (const std::string id : {"a", "b"}) {
      Document page = MakeDocument(id, "https://x.example/1", texts.Title(), texts.Article(100));
      if (canonical) page.set_canonical_url("https://x.example/news");
      ASSERT_TRUE(shard.Take(page).ok());
      shard.now += absl::Hours(24 * 40);
    }
    EXPECT_EQ(shard.emitted.back().article_id(), base::HashBytes("a").Hex());
    EXPECT_EQ(shard.emitted.back().revision(), 2U);
    EXPECT_EQ(shard.emitted.back().relation(), data::v1::RELATION_UPDATE);
    EXPECT_EQ(shard.emitted.back().similarity(), 0);
    EXPECT_EQ(shard.emitted.back().shared_words(), 0U);
  }
}

TEST(DedupeStageTest, ComparesWithTheNewestTextOfAnArticleThatWasMetAgain) {
  DedupeOptions options;
  options.document_memory = absl::Hours(24 * 40);
  for (const bool same_story : {true, false}) {
    Shard shard(options);
    SampleTexts texts(23);
    const auto page = [&](std::string_view id, std::string_view path, std::string_view text) {
      Document document =
          MakeDocument(id, fmt::format("https://x.example/{}", path), texts.Title(), text);
      document.set_canonical_url("https://x.example/news");
      return document;
    };
    const std::string text = texts.Article(100);
    ASSERT_TRUE(shard.Take(page("a", "a", text)).ok());
    shard.now += absl::Hours(24 * 15);
    ASSERT_EQ(shard.Take(page("a2", "a", text))->reason, DedupeStage::kUnchanged);
    ASSERT_EQ(shard.tables["documents"].size(), 2U) << "met again, without its text";
    ASSERT_TRUE(shard.Take(page("b", "b", texts.Article(100))).ok());
    EXPECT_EQ(shard.emitted.back().article_id(), base::HashBytes("b").Hex());
    ASSERT_TRUE(
        shard.Take(page("a3", "a", same_story ? texts.Sentence() + text : texts.Article(100)))
            .ok());
    EXPECT_EQ(shard.emitted.back().article_id(), base::HashBytes(same_story ? "a" : "a3").Hex());
    EXPECT_EQ(shard.emitted.back().revision(), same_story ? 2U : 1U);
  }
}

TEST(DedupeStageTest, TellsAPageThatWasGoneAndIsBackToTheByte) {
  for (const bool restart : {false, true}) {
    Shard shard;
    const Document page =
        MakeDocument("a", "https://x.example/1", "t", SampleTexts(24).Article(100));
    ASSERT_TRUE(shard.Take(page).ok());
    Document gone = MakeDocument("g", "https://x.example/1", "", "");
    gone.set_gone(true);
    gone.clear_body_hash();
    ASSERT_EQ(shard.Take(gone)->kind, Verdict::Kind::kPassed);
    if (restart) shard.Restart();
    EXPECT_EQ(shard.Take(page)->kind, Verdict::Kind::kPassed);
    EXPECT_EQ(shard.emitted.back().article_id(), page.envelope().id());
    EXPECT_EQ(shard.emitted.back().revision(), 2U);
    EXPECT_EQ(shard.Take(page)->reason, DedupeStage::kRedelivered) << "once";
  }
}

TEST(DedupeStageTest, KnowsAPageThatIsBackThoughAnotherStoryHadItsAddress) {
  Shard shard;
  SampleTexts texts(25);
  const Document page = MakeDocument("a", "https://x.example/1", "t", texts.Article(100));
  ASSERT_TRUE(shard.Take(page).ok());
  Document gone = MakeDocument("g", "https://x.example/1", "", "");
  gone.set_gone(true);
  gone.clear_body_hash();
  ASSERT_EQ(shard.Take(gone)->kind, Verdict::Kind::kPassed);
  ASSERT_TRUE(
      shard.Take(MakeDocument("b", "https://x.example/1", "Elsewhere today", texts.Article(100)))
          .ok());
  EXPECT_EQ(shard.emitted.back().article_id(), base::HashBytes("b").Hex());
  ASSERT_TRUE(shard.Take(page).ok());
  EXPECT_EQ(shard.emitted.back().article_id(), page.envelope().id());
  EXPECT_EQ(shard.emitted.back().revision(), 2U);
  EXPECT_EQ(shard.Take(page)->reason, DedupeStage::kRedelivered);
}

TEST(DedupeStageTest, LeavesCopiesOfAWithdrawnArticle) {
  Shard shard;
  const std::string text = SampleTexts(14).Article(100);
  ASSERT_TRUE(shard.Take(MakeDocument("a", "https://x.example/1", "t", text)).ok());
  ASSERT_TRUE(shard.Take(Withdraw("w", "https://x.example/1")).ok());
  const auto copy = shard.Take(MakeDocument("b", "https://y.example/1", "t", text), "y.example");
  EXPECT_EQ(copy->kind, Verdict::Kind::kPassed);
  EXPECT_EQ(shard.emitted.back().cluster_id(), base::HashBytes("a").Hex());
}

TEST(DedupeStageTest, RemembersAWithdrawalOfWhatItHasNeverSeen) {
  Shard shard;
  SampleTexts texts(15);
  EXPECT_EQ(shard.Take(Withdraw("w", "https://x.example/1"))->reason, DedupeStage::kWithdrawn);
  EXPECT_TRUE(shard.emitted.empty());
  shard.Restart();
  const Document page = MakeDocument("a", "https://x.example/1", "t", texts.Article(100));
  EXPECT_EQ(shard.Take(page)->reason, DedupeStage::kWithdrawn);
  EXPECT_EQ(shard.Take(Withdraw("u", "https://x.example/1", true))->reason,
            DedupeStage::kAllowedAgain);
  EXPECT_TRUE(shard.emitted.empty());
  EXPECT_EQ(shard.Take(page)->kind, Verdict::Kind::kPassed);
}

TEST(DedupeStageTest, TakesTheNextCaptureAfterAnUndoEvenOneThatItKnows) {
  for (const bool restart : {false, true}) {
    Shard shard;
    SampleTexts texts(16);
    const Document page = MakeDocument("a", "https://x.example/1", "t", texts.Article(100));
    ASSERT_TRUE(shard.Take(page).ok());
    ASSERT_TRUE(shard.Take(Withdraw("w", "https://x.example/1")).ok());
    if (restart) shard.Restart();
    EXPECT_EQ(shard.Take(Withdraw("u", "https://x.example/1", true))->kind, Verdict::Kind::kPassed);
    EXPECT_TRUE(shard.emitted.back().document().withdrawal().undone());
    EXPECT_EQ(shard.emitted.back().article_id(), page.envelope().id());
    EXPECT_TRUE(shard.tables["withdrawn"].empty());
    if (restart) shard.Restart();
    EXPECT_EQ(shard.Take(page)->kind, Verdict::Kind::kPassed);
    EXPECT_EQ(shard.emitted.back().article_id(), page.envelope().id());
    EXPECT_EQ(shard.emitted.back().revision(), 2U);
    EXPECT_EQ(shard.Take(page)->reason, DedupeStage::kRedelivered) << "once";
  }
}

TEST(DedupeStageTest, AnUndoOpensAllAddressesOfTheArticle) {
  Shard shard;
  SampleTexts texts(17);
  Document page = MakeDocument("a", "https://x.example/final", "t", texts.Article(100));
  page.mutable_envelope()->set_requested_url("https://x.example/asked");
  page.set_canonical_url("https://x.example/own");
  ASSERT_TRUE(shard.Take(page).ok());
  ASSERT_TRUE(shard.Take(Withdraw("w", "https://x.example/asked")).ok());
  ASSERT_TRUE(shard.Take(Withdraw("w2", "https://x.example/own")).ok());
  EXPECT_EQ(shard.tables["withdrawn"].size(), 3U);
  ASSERT_TRUE(shard.Take(Withdraw("u", "https://x.example/own", true)).ok());
  EXPECT_TRUE(shard.tables["withdrawn"].empty());
  EXPECT_EQ(shard.Take(page)->kind, Verdict::Kind::kPassed);
  // Once more, without a capture in between, by the third address.
  ASSERT_TRUE(shard.Take(Withdraw("w3", "https://x.example/own")).ok());
  ASSERT_TRUE(shard.Take(Withdraw("u2", "https://x.example/final", true)).ok());
  ASSERT_TRUE(shard.Take(Withdraw("w4", "https://x.example/own")).ok());
  EXPECT_EQ(shard.tables["withdrawn"].size(), 2U);
}

TEST(DedupeStageTest, UndoesAWithdrawalOfACopyThatItHasForgotten) {
  Shard shard;
  const std::string text = SampleTexts(32).Article(100);
  ASSERT_TRUE(shard.Take(MakeDocument("a", "https://y.example/1", "t", text), "y.example").ok());
  ASSERT_TRUE(shard.Take(MakeDocument("b", "https://x.example/1", "t", text)).ok());
  ASSERT_TRUE(shard.Take(Withdraw("w", "https://x.example/1")).ok());
  shard.now += absl::Hours(24 * 200);
  shard.Restart();
  EXPECT_EQ(shard.Take(Withdraw("u", "https://x.example/1", true))->kind, Verdict::Kind::kPassed);
  EXPECT_EQ(shard.emitted.back().article_id(), base::HashBytes("b").Hex());
  EXPECT_EQ(shard.emitted.back().cluster_id(), base::HashBytes("a").Hex());
  EXPECT_EQ(shard.emitted.back().relation(), data::v1::RELATION_UPDATE);
}

TEST(DedupeStageTest, UndoesAWithdrawalOfAnArticleThatItHasForgotten) {
  Shard shard;
  SampleTexts texts(18);
  const Document page = MakeDocument("a", "https://x.example/1", "t", texts.Article(100));
  ASSERT_TRUE(shard.Take(page).ok());
  ASSERT_TRUE(shard.Take(Withdraw("w", "https://x.example/1")).ok());
  shard.now += absl::Hours(24 * 200);
  ASSERT_TRUE(shard.Take(MakeDocument("b", "https://x.example/2", "t", texts.Article(100))).ok());
  EXPECT_EQ(shard.Take(Withdraw("u", "https://x.example/1", true))->kind, Verdict::Kind::kPassed);
  EXPECT_EQ(shard.emitted.back().article_id(), page.envelope().id());
  EXPECT_EQ(shard.emitted.back().cluster_id(), page.envelope().id());
  EXPECT_EQ(shard.Take(page)->kind, Verdict::Kind::kPassed);
}

TEST(DedupeStageTest, TakesTheSameWithdrawalTwiceAndAnUndoOfNothing) {
  Shard shard;
  SampleTexts texts(19);
  const Document page = MakeDocument("a", "https://x.example/1", "t", texts.Article(100));
  ASSERT_TRUE(shard.Take(page).ok());
  EXPECT_EQ(shard.Take(Withdraw("u", "https://x.example/1", true))->kind, Verdict::Kind::kPassed);
  EXPECT_EQ(shard.Take(page)->reason, DedupeStage::kRedelivered) << "nothing was undone";
  EXPECT_EQ(shard.Take(Withdraw("u", "https://x.example/9", true))->reason,
            DedupeStage::kAllowedAgain);
  ASSERT_TRUE(shard.Take(Withdraw("w", "https://x.example/1")).ok());
  const auto tables = shard.tables;
  EXPECT_EQ(shard.Take(Withdraw("w", "https://x.example/1"))->kind, Verdict::Kind::kPassed);
  EXPECT_EQ(shard.tables, tables);
  EXPECT_EQ(shard.Take(page)->reason, DedupeStage::kWithdrawn);
}

TEST(DedupeStageTest, TakesNoMoreWithdrawalsThanItMayRemember) {
  DedupeOptions options;
  options.withdrawn_max = 2;
  Shard shard(options);
  ASSERT_TRUE(shard.Take(Withdraw("a", "https://x.example/1")).ok());
  ASSERT_TRUE(shard.Take(Withdraw("b", "https://x.example/2")).ok());
  const absl::Status status = shard.Take(Withdraw("c", "https://x.example/3")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("dedupe.withdrawn_max"));
  EXPECT_TRUE(shard.Take(Withdraw("d", "https://x.example/2")).ok()) << "known already";
  ASSERT_TRUE(shard.Take(Withdraw("e", "https://x.example/1", true)).ok());
  EXPECT_TRUE(shard.Take(Withdraw("f", "https://x.example/3")).ok());
}

TEST(DedupeStageTest, ListsWhatIsWithdrawn) {
  Shard shard;
  SampleTexts texts(21);
  Document page = MakeDocument("a", "https://x.example/final", "t", texts.Article(100));
  page.mutable_envelope()->set_requested_url("https://x.example/asked");
  ASSERT_TRUE(shard.Take(page).ok());
  ASSERT_TRUE(shard.Take(Withdraw("w", "https://x.example/asked")).ok());
  ASSERT_TRUE(shard.Take(Withdraw("v", "https://x.example/9")).ok());
  ASSERT_TRUE(shard.Take(Withdraw("u", "https://x.example/9", true)).ok());
  ASSERT_EQ(shard.tables["withdrawn"].size(), 2U) << "where it was asked for and where it is";
  for (const bool restarted : {false, true}) {
    if (restarted) shard.Restart();
    const Withdrawals::ListPage listed = shard.ListWithdrawn();
    ASSERT_EQ(listed.rows.size(), 1U);
    EXPECT_EQ(listed.rows[0].url, "https://x.example/asked");
    EXPECT_EQ(listed.rows[0].reason, "wrong name");
    EXPECT_EQ(listed.rows[0].since, kStart);
    EXPECT_EQ(listed.rows[0].article->id, base::HashBytes("a"));
  }
}

TEST(DedupeStageTest, StillKeepsOutWhereTheRowOfAWithdrawalIsDamaged) {
  Shard shard;
  ASSERT_TRUE(shard.Take(Withdraw("a", "https://x.example/1")).ok());
  ASSERT_EQ(shard.tables["withdrawn"].size(), 1U);
  shard.tables["withdrawn"].begin()->second = "\xff\xff";
  shard.tables["withdrawn"]["no key"] = "";
  shard.Restart();
  const Document page = MakeDocument("b", "https://x.example/1", "t", SampleTexts(20).Article(100));
  EXPECT_EQ(shard.Take(page)->reason, DedupeStage::kWithdrawn);
}

TEST(DedupeStageTest, RefusesWhatIsNoDocument) {
  Shard shard;
  const auto code = [&](const Document& document) { return shard.Take(document).status().code(); };
  const Document good = MakeDocument("a", "https://x.example/1", "t", "some text");
  Document bad = good;
  bad.mutable_envelope()->set_id("1234");
  EXPECT_EQ(code(bad), absl::StatusCode::kInvalidArgument);
  bad = good;
  bad.clear_text();
  EXPECT_EQ(code(bad), absl::StatusCode::kInvalidArgument);
  bad = good;
  bad = Withdraw("w", "https://x.example/");
  EXPECT_EQ(code(bad), absl::StatusCode::kInvalidArgument) << "no page of its own";
  bad = good;
  bad.set_text(std::string(3 << 20, 'x'));  // Over the log's limit: nothing is remembered.
  EXPECT_EQ(code(bad), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(shard.Take(good)->kind, Verdict::Kind::kPassed);
  EXPECT_EQ(shard.Take(MakeDocument("h", "https://x.example/", "t", "a home page"))->kind,
            Verdict::Kind::kPassed);
}

TEST(DedupeStageTest, AnswersAfterARestartAsBefore) {
  SampleTexts texts(6);
  std::vector<Document> documents;
  for (int i = 0; i < 120; ++i) {
    std::string title = texts.Title();
    std::string text = texts.Article(60 + texts.Below(200));
    std::string url = fmt::format("https://x.example/{}", i);
    if (i > 0 && texts.Below(2) == 0) {
      const Document& old = documents[texts.Below(documents.size())];
      title = old.title();
      text = texts.Edited(old.text(), 0.04);
      if (texts.Below(3) == 0) url = old.envelope().url();
    }
    documents.push_back(MakeDocument(fmt::format("d{}", i), url, title, text));
  }
  const auto run = [&](size_t restart_every) {
    Shard shard;
    for (size_t i = 0; i < documents.size(); ++i) {
      EXPECT_TRUE(shard.Take(documents[i]).ok());
      shard.now += absl::Minutes(20);
      if ((i + 1) % restart_every == 0) shard.Restart();
    }
    std::vector<std::string> bytes;
    bytes.reserve(shard.emitted.size());
    for (const DedupedDocument& deduped : shard.emitted) {
      bytes.push_back(deduped.SerializeAsString());
    }
    return std::pair(bytes, shard.tables);
  };
  const auto undisturbed = run(1000);
  EXPECT_GT(undisturbed.first.size(), 80U);
  for (const size_t every : {1, 7, 50}) EXPECT_EQ(run(every), undisturbed) << every;
}

TEST(DedupeStageTest, EmptiesItsTablesByLogTime) {
  DedupeOptions options;
  options.text_memory = absl::Hours(24);
  options.document_memory = absl::Hours(48);
  Shard shard(options);
  SampleTexts texts(7);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(shard
                    .Take(MakeDocument(fmt::format("{}", i), fmt::format("https://x.example/{}", i),
                                       texts.Title(), texts.Article(60)))
                    .ok());
    shard.now += absl::Hours(1);
  }
  EXPECT_EQ(shard.tables["texts"].size(), 25U);
  EXPECT_EQ(shard.tables["documents"].size(), 49U);
}

TEST(DedupeStageTest, EmptiesItsTableOfDocumentsAtTheirLimit) {
  DedupeOptions options;
  options.documents_max = 10;
  Shard shard(options);
  SampleTexts texts(27);
  for (int i = 0; i < 40; ++i) {
    const std::string url = fmt::format("https://x.example/{}", i);
    ASSERT_TRUE(shard.Take(MakeDocument(url, url, texts.Title(), texts.Article(60))).ok());
    shard.now += absl::Hours(1);
  }
  EXPECT_LE(shard.tables["documents"].size(), 12U);
  EXPECT_LE(shard.tables["texts"].size(), 12U);
}

TEST(DedupeStageTest, TellsABoxOfASiteFromANewStoryByItsTitleAlsoAfterARestart) {
  for (const bool restart : {false, true}) {
    // Of a record without a key the host is the site.
    for (const auto& [host, domain] :
         {std::pair("www.x.example", "x.example"), std::pair("y.example", "y.example"),
          std::pair("x.example", "")}) {
      Shard shard;
      const std::string text = absl::AsciiStrToLower(SampleTexts(28).Article(200));  // No names.
      ASSERT_TRUE(shard.Take(MakeDocument("a", "https://x.example/1", "One thing", text)).ok());
      if (restart) shard.Restart();
      const std::string url = fmt::format("https://{}/2", host);
      ASSERT_TRUE(shard.Take(MakeDocument("b", url, "Another matter", text), domain).ok());
      EXPECT_EQ(shard.emitted.back().cluster_id(),
                base::HashBytes(url == "https://y.example/2" ? "a" : "b").Hex())
          << url;
    }
  }
}

TEST(DedupeStageTest, GoesByTheDatesOfDocumentsAlsoAfterARestart) {
  for (const bool restart : {false, true}) {
    for (const bool near : {false, true}) {
      Shard shard;
      const std::string text = absl::AsciiStrToLower(SampleTexts(29).Article(60));
      Document first = MakeDocument("a", "https://x.example/1", "A day at the market", text);
      *first.mutable_published() = base::ToProto(kStart - absl::Hours(near ? 50 : 100));
      ASSERT_TRUE(shard.Take(first).ok());
      if (restart) shard.Restart();
      ASSERT_TRUE(
          shard.Take(MakeDocument("b", "https://y.example/2", "A day at the market", text)).ok());
      EXPECT_EQ(shard.emitted.back().cluster_id(), base::HashBytes(near ? "a" : "b").Hex());
    }
  }
}

TEST(DedupeStageTest, TakesNoNewExtractorForAnUpdateNorTheSameBodyAlsoAfterARestart) {
  for (const bool restart : {false, true}) {
    Shard shard;
    const std::string text = SampleTexts(30).Article(200);
    const Document page = MakeDocument("a", "https://x.example/1", "t", text);
    ASSERT_TRUE(shard.Take(page).ok());
    if (restart) shard.Restart();
    Document extracted = MakeDocument("b", "https://x.example/1", "t", text + " Share this.");
    extracted.set_extractor_version(2);
    EXPECT_EQ(shard.Take(extracted)->reason, DedupeStage::kUnchanged);
    Document same_body = MakeDocument("c", "https://x.example/1", "t", "read in another way");
    same_body.set_body_hash(page.body_hash());
    EXPECT_EQ(shard.Take(same_body)->reason, DedupeStage::kUnchanged);
    extracted.mutable_envelope()->set_id(base::HashBytes("d").Hex());
    extracted.set_extractor_version(1);
    EXPECT_EQ(shard.Take(extracted)->kind, Verdict::Kind::kPassed) << "the page has changed";
  }
}

TEST(DedupeStageTest, SaysOfEachDocumentWhatItIs) {
  Shard shard;
  SampleTexts texts(31);
  const std::string title = texts.Title();
  const std::string text = texts.Article(200);
  const std::string a = base::HashBytes("a").Hex();
  const auto said = [&](std::string_view id, std::string_view url, std::string_view words) {
    return shard.Take(MakeDocument(id, url, title, words))->detail;
  };
  EXPECT_EQ(said("a", "https://x.example/1", text), "original");
  EXPECT_THAT(said("b", "https://y.example/1", SampleTexts::Abridged(text, 0.5)),
              testing::StartsWith("copy of " + a + ": 100 % of the shorter text, 1"));
  EXPECT_THAT(said("c", "https://z.example/1", text),
              testing::StartsWith("the very text of " + a + ", 2"));
  EXPECT_EQ(said("d", "https://x.example/1", texts.Sentence() + text),
            "revision 2 of article " + a);
  EXPECT_EQ(shard.Take(Withdraw("u", "https://x.example/9", true))->detail, "it was not withdrawn");
  EXPECT_EQ(shard.Take(Withdraw("w", "https://x.example/9"))->detail,
            "nothing is known of it yet; it stays out");
  EXPECT_EQ(shard.Take(Withdraw("v", "https://x.example/9", true))->detail, "");
  EXPECT_EQ(shard.Take(Withdraw("x", "https://x.example/1"))->detail, "withdraws article " + a);
  EXPECT_EQ(shard.Take(Withdraw("y", "https://x.example/1", true))->detail,
            "allows again article " + a);
}

TEST(DedupeStageTest, LooksUpAKnownIdAlsoAfterARestart) {
  Shard shard;
  SampleTexts texts(8);
  const std::string title = texts.Title();
  const std::string text = texts.Article(200);
  ASSERT_TRUE(shard.Take(MakeDocument("a", "https://x.example/1", title, text)).ok());
  ASSERT_TRUE(
      shard
          .Take(MakeDocument("b", "https://y.example/1", title, SampleTexts::Abridged(text, 0.6)),
                "y.example")
          .ok());
  const auto look = [&](std::string_view id) {
    LookupMailbox::Lookup letter;
    letter.id = base::HashBytes(id);
    return shard.Look(std::move(letter));
  };
  const auto before = look("b");
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_EQ(before->relation, Relation::kCopy);
  EXPECT_EQ(before->of, base::HashBytes("a"));
  shard.Restart();
  const auto after = look("b");
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->cluster_id, before->cluster_id);
  EXPECT_EQ(after->similarity, before->similarity);
  EXPECT_EQ(after->shared_words, before->shared_words);
  EXPECT_EQ(look("c").status().code(), absl::StatusCode::kNotFound);
}

TEST(DedupeStageTest, LeavesNoQuestionUnansweredWhenItGoes) {
  LookupMailbox mailbox;
  int woken = 0;
  auto stage = DedupeStage::Create({}, &mailbox, [&woken] { ++woken; });
  ASSERT_TRUE(stage.ok()) << stage.status();
  std::vector<absl::Status> answers;
  const auto ask = [&] {
    LookupMailbox::Lookup letter;
    letter.id = base::HashBytes("a");
    letter.answer = [&](const absl::StatusOr<Place>& place) { answers.push_back(place.status()); };
    mailbox.Post(std::move(letter));
  };
  ask();
  EXPECT_EQ(woken, 1);
  stage->reset();
  ask();
  ASSERT_EQ(answers.size(), 2U);
  for (const absl::Status& answer : answers) EXPECT_TRUE(absl::IsUnavailable(answer)) << answer;
}

TEST(DedupeStageTest, SaysWhatItWouldDecideForATextAndRemembersNothing) {
  Shard shard;
  SampleTexts texts(9);
  const std::string title = texts.Title();
  const std::string text = texts.Article(200);
  ASSERT_TRUE(shard.Take(MakeDocument("a", "https://x.example/1", title, text)).ok());
  for (int i = 0; i < 2; ++i) {
    LookupMailbox::Lookup letter;
    Fingerprinter(FingerprintOptions()).Make(title, text, letter.arrival.fingerprint);
    const auto place = shard.Look(std::move(letter));
    ASSERT_TRUE(place.ok());
    EXPECT_EQ(place->relation, Relation::kExact);
    EXPECT_EQ(place->cluster_id, base::HashBytes("a"));
  }
}

TEST(DedupeStageTest, LeavesOutRowsThatItCannotRead) {
  Shard shard;
  shard.tables["documents"]["short"] = "x";
  shard.tables["documents"][RowKey({.time = kStart, .offset = 1})] = "\xff\xff";
  shard.tables["texts"][RowKey({.time = kStart, .offset = 1})] = "\xff\xff";
  shard.Restart();
  EXPECT_TRUE(shard.Take(MakeDocument("a", "https://x.example/1", "t", "a text")).ok());
}

TEST(DedupeStageTest, LeavesOutTextsThatAreOfNoDocumentOrOfAnotherFingerprint) {
  for (const bool of_no_document : {true, false}) {
    Shard shard;
    SampleTexts texts(33);
    const std::string title = texts.Title();
    const std::string text = texts.Article(200);
    ASSERT_TRUE(shard.Take(MakeDocument("a", "https://x.example/1", title, text)).ok());
    ASSERT_TRUE(
        shard.Take(MakeDocument("b", "https://x.example/2", texts.Title(), texts.Article(200)))
            .ok());
    if (of_no_document) {
      shard.tables["documents"].erase(shard.tables["documents"].begin());
    } else {
      std::string& value = shard.tables["texts"].begin()->second;
      state::v1::DedupeTextRow row;
      ASSERT_TRUE(row.ParseFromString(value));
      row.set_fingerprint_version(row.fingerprint_version() + 1);
      value = row.SerializeAsString();
    }
    shard.Restart();
    ASSERT_TRUE(
        shard
            .Take(MakeDocument("c", "https://y.example/3", title, SampleTexts::Abridged(text, 0.6)))
            .ok());
    EXPECT_EQ(shard.emitted.back().relation(), data::v1::RELATION_ORIGINAL);
  }
}

}  // namespace
}  // namespace sluice::dedupe
