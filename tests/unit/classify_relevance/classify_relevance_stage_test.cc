#include "services/classify_relevance/classify_relevance_stage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/log/topics.h"
#include "sluice/data/v1/deduped_document.pb.h"

namespace sluice::classify_relevance {
namespace {

using testing::HasSubstr;

class NoState final : public log::State {
 public:
  std::optional<std::string> Get(std::string_view, std::string_view) const override { return {}; }
  void Scan(std::string_view, std::string_view, std::string_view, log::Rows) const override {}
};

class ClassifyRelevanceStageTest : public testing::Test {
 protected:
  ClassifyRelevanceStageTest() {
    classifier_ =
        Classifier::Open({std::string(SLUICE_SOURCE_DIR) + "/topics/wildfire-policy.yaml"}, {})
            .value();
    stage_ = ClassifyRelevanceStage::Create({}, *classifier_).value();
    record_.appended = absl::FromUnixSeconds(1000);
    document_.mutable_envelope()->set_id(std::string(32, 'a'));
    document_.mutable_envelope()->set_url("https://news.example/1");
    document_.mutable_envelope()->add_trail()->set_stage("dedupe");
    document_.set_article_id(std::string(32, 'b'));
    document_.set_cluster_id(std::string(32, 'c'));
    document_.set_revision(1);
    document_.set_relation(data::v1::RELATION_ORIGINAL);
    data::v1::Document& content = *document_.mutable_document();
    content.set_title("Senate passes bill on wildfires");
    content.set_text(
        "The senate passed a bill that pays for controlled burns and firebreaks. Lawmakers said "
        "that wildfire policy had come too late.");
    content.set_language("en");
  }

  absl::StatusOr<stage::Verdict> Run(const std::string& value) {
    record_.value = value;
    absl::StatusOr<std::unique_ptr<stage::Prepared>> prepared = stage_->Prepare(record_);
    if (!prepared.ok()) return prepared.status();
    return stage_->Apply(**prepared, record_, transaction_);
  }

  data::v1::FeedItem Emitted() const {
    data::v1::FeedItem item;
    EXPECT_EQ(transaction_.appends().size(), 1U);
    EXPECT_TRUE(item.ParseFromString(transaction_.appends().at(0).value));
    return item;
  }

  std::unique_ptr<Classifier> classifier_;
  std::unique_ptr<ClassifyRelevanceStage> stage_;
  data::v1::DedupedDocument document_;
  log::Record record_;
  NoState state_;
  log::Transaction transaction_{&state_};
};

TEST_F(ClassifyRelevanceStageTest, EmitsAnItemUnderTheArticlesId) {
  document_.set_revision(3);
  document_.set_relation(data::v1::RELATION_COPY);
  document_.set_of(std::string(32, 'd'));
  document_.mutable_document()->mutable_envelope()->set_id("of an older writer");
  const stage::Verdict verdict = Run(document_.SerializeAsString()).value();
  EXPECT_EQ(verdict.kind, stage::Verdict::Kind::kPublished);
  EXPECT_EQ(verdict.reason, "published");
  EXPECT_EQ(transaction_.appends().at(0).topic, log::kClean);
  EXPECT_EQ(transaction_.appends().at(0).key, document_.article_id());
  const data::v1::FeedItem item = Emitted();
  EXPECT_EQ(item.event(), data::v1::FEED_EVENT_PUBLISHED);
  EXPECT_EQ(item.envelope().trail_size(), 1) << "the trail that came goes on";
  EXPECT_EQ(item.document().text(), document_.document().text());
  EXPECT_FALSE(item.document().has_envelope());
  EXPECT_EQ(item.article_id(), document_.article_id());
  EXPECT_EQ(item.cluster_id(), document_.cluster_id());
  EXPECT_EQ(item.revision(), 3U);
  EXPECT_EQ(item.relation(), data::v1::RELATION_COPY);
  EXPECT_EQ(item.of(), document_.of());
  EXPECT_EQ(item.published_at().seconds(), 1000) << "the log's time";
  ASSERT_EQ(item.matches_size(), 1);
  EXPECT_GT(item.matches(0).evidence_size(), 0);
  EXPECT_GT(item.matches(0).facets_size(), 0);
}

TEST_F(ClassifyRelevanceStageTest, DropsWhatIsOffTopicAndSaysItsScore) {
  document_.mutable_document()->set_title("Choir opens season");
  document_.mutable_document()->set_text("The choir sang to a full hall.");
  const stage::Verdict verdict = Run(document_.SerializeAsString()).value();
  EXPECT_EQ(verdict.kind, stage::Verdict::Kind::kDropped);
  EXPECT_EQ(verdict.reason, Publisher::kOffTopic);
  EXPECT_THAT(verdict.detail, HasSubstr("wildfire-policy: score 0.0"));
  EXPECT_TRUE(transaction_.empty());
}

TEST_F(ClassifyRelevanceStageTest, NamesEachEvent) {
  EXPECT_EQ(Run(document_.SerializeAsString())->reason, "published");
  document_.set_revision(2);
  EXPECT_EQ(Run(document_.SerializeAsString())->reason, "updated");
  document_.set_article_id(std::string(32, 'e'));
  EXPECT_EQ(Run(document_.SerializeAsString())->reason, "copied");
}

TEST_F(ClassifyRelevanceStageTest, UpdatesDownToATopicsThresholdOfRetraction) {
  ClassifyRelevanceOptions options;
  options.publish_score_min = 0;
  options.retract_score_min = 0;
  stage_ = ClassifyRelevanceStage::Create(options, *classifier_).value();
  ASSERT_EQ(Run(document_.SerializeAsString())->reason, "published");
  options.publish_score_min = 1;
  stage_ = ClassifyRelevanceStage::Create(options, *classifier_).value();
  document_.set_revision(2);
  EXPECT_EQ(Run(document_.SerializeAsString())->reason, "updated");
}

TEST_F(ClassifyRelevanceStageTest, RetractsAPageThatIsGoneWithoutItsText) {
  document_.mutable_document()->set_canonical_url("https://news.example/story");
  ASSERT_TRUE(Run(document_.SerializeAsString()).ok());
  document_.mutable_document()->set_gone(true);
  const stage::Verdict verdict = Run(document_.SerializeAsString()).value();
  EXPECT_EQ(verdict.reason, "retracted");
  data::v1::FeedItem item;
  ASSERT_TRUE(item.ParseFromString(transaction_.appends().at(1).value));
  EXPECT_EQ(item.retraction_reason(), "gone");
  EXPECT_EQ(item.document().canonical_url(), "https://news.example/story");
  EXPECT_EQ(item.matches_size(), 0);
  EXPECT_EQ(item.document().text(), "");
  EXPECT_EQ(item.document().title(), document_.document().title());
}

TEST_F(ClassifyRelevanceStageTest, SaysWhyAnOperatorWithdrewAnArticle) {
  ASSERT_TRUE(Run(document_.SerializeAsString()).ok());
  data::v1::DedupedDocument word = document_;
  word.clear_document();
  word.mutable_document()->mutable_withdrawal()->set_reason("wrong name");
  EXPECT_EQ(Run(word.SerializeAsString()).value().reason, "retracted");
  data::v1::FeedItem item;
  ASSERT_TRUE(item.ParseFromString(transaction_.appends().at(1).value));
  EXPECT_EQ(item.retraction_reason(), "withdrawn");
  EXPECT_EQ(item.retraction_detail(), "wrong name");
  EXPECT_EQ(item.article_id(), document_.article_id());
  EXPECT_EQ(item.document().text(), "");
  EXPECT_EQ(item.document().title(), document_.document().title()) << "as it was shown";
  document_.set_revision(2);
  EXPECT_EQ(Run(document_.SerializeAsString()).value().reason, Publisher::kWithdrawn);
  word.mutable_document()->mutable_withdrawal()->set_undone(true);
  EXPECT_EQ(Run(word.SerializeAsString()).value().reason, Publisher::kAllowedAgain);
  EXPECT_EQ(Run(document_.SerializeAsString()).value().reason, "published");
  EXPECT_EQ(transaction_.appends().size(), 3U);
}

TEST_F(ClassifyRelevanceStageTest, MayApplyARecordAgainAfterARollback) {
  const std::string value = document_.SerializeAsString();
  record_.value = value;
  const std::unique_ptr<stage::Prepared> prepared = stage_->Prepare(record_).value();
  const log::Transaction::Savepoint before = transaction_.Save();
  ASSERT_TRUE(stage_->Apply(*prepared, record_, transaction_).ok());
  const std::string first = Emitted().SerializeAsString();
  transaction_.RollBack(before);
  ASSERT_TRUE(stage_->Apply(*prepared, record_, transaction_).ok());
  EXPECT_EQ(Emitted().SerializeAsString(), first);
}

TEST_F(ClassifyRelevanceStageTest, ForgetsWhatIsOldAlsoWhereARecordBeforeFailed) {
  ClassifyRelevanceOptions options;
  options.article_memory = absl::Hours(1);
  stage_ = ClassifyRelevanceStage::Create(options, *classifier_).value();
  ASSERT_EQ(Run(document_.SerializeAsString())->reason, "published");
  const std::string cluster_row = "c" + document_.cluster_id();
  EXPECT_TRUE(transaction_.Get(Publisher::kTable, cluster_row).has_value());
  record_.appended += absl::Hours(2);
  document_.set_article_id(std::string(32, 'e'));
  document_.set_cluster_id(std::string(32, 'f'));
  data::v1::DedupedDocument broken = document_;
  broken.mutable_document()->set_site("\xff");
  const log::Transaction::Savepoint before = transaction_.Save();
  EXPECT_EQ(Run(broken.SerializeAsString()).status().code(), absl::StatusCode::kInvalidArgument);
  transaction_.RollBack(before);
  EXPECT_TRUE(transaction_.Get(Publisher::kTable, cluster_row).has_value());
  data::v1::DedupedDocument off_topic = document_;
  off_topic.mutable_document()->set_title("Choir opens season");
  off_topic.mutable_document()->set_text("The choir sang to a full hall.");
  EXPECT_EQ(Run(off_topic.SerializeAsString())->reason, Publisher::kOffTopic);
  EXPECT_FALSE(transaction_.Get(Publisher::kTable, cluster_row).has_value());
  EXPECT_EQ(Run(document_.SerializeAsString())->reason, "published") << "it forgets once";
}

TEST_F(ClassifyRelevanceStageTest, ForgetsWhatIsOldOfTheRowsThatItIsOpenedWith) {
  ASSERT_EQ(Run(document_.SerializeAsString())->reason, "published");
  stage_ = ClassifyRelevanceStage::Create({}, *classifier_).value();
  const std::string key = "a" + document_.article_id();
  stage_->Load(Publisher::kTable, key, *transaction_.Get(Publisher::kTable, key));
  record_.appended += absl::Hours(24 * 90 + 1);
  document_.set_article_id(std::string(32, 'e'));
  EXPECT_EQ(Run(document_.SerializeAsString())->reason, "published") << "not a copy";
  EXPECT_FALSE(transaction_.Get(Publisher::kTable, key).has_value());
}

TEST_F(ClassifyRelevanceStageTest, RefusesWhatIsNoDocument) {
  EXPECT_EQ(Run("\xff\xff\xff").status().code(), absl::StatusCode::kInvalidArgument);
  for (auto* id : {document_.mutable_envelope()->mutable_id(), document_.mutable_article_id(),
                   document_.mutable_cluster_id()}) {
    const std::string kept = std::exchange(*id, "");
    EXPECT_EQ(Run(document_.SerializeAsString()).status().code(),
              absl::StatusCode::kInvalidArgument)
        << kept;
    *id = kept;
  }
}

TEST_F(ClassifyRelevanceStageTest, RefusesThresholdsThatContradict) {
  ClassifyRelevanceOptions options;
  options.publish_score_min = 0.2;
  options.retract_score_min = 0.4;
  const absl::Status status = ClassifyRelevanceStage::Create(options, *classifier_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("retract_score_min 0.4"));
}

TEST(DocumentViewTest, ReadsAnEnvelopeThatComesInPieces) {
  data::v1::DedupedDocument document;
  document.mutable_envelope()->set_id("id");
  document.mutable_envelope()->add_trail()->set_stage("deboilerplate");
  document.set_article_id("article");
  document.set_cluster_id("cluster");
  data::v1::Enveloped step;
  step.mutable_envelope()->add_trail()->set_stage("dedupe");
  const std::string value = document.SerializeAsString() + step.SerializeAsString();
  DocumentView view;
  ASSERT_TRUE(ReadDocumentView(value, view));
  EXPECT_EQ(view.envelope.id(), "id");
  ASSERT_EQ(view.envelope.trail_size(), 2);
  EXPECT_EQ(view.envelope.trail(1).stage(), "dedupe");
}

TEST(DocumentViewTest, ReadsAnOperatorsWordThatSaysNothingMore) {
  data::v1::DedupedDocument document;
  document.mutable_document()->mutable_withdrawal();
  DocumentView view;
  const std::string value = document.SerializeAsString();
  ASSERT_TRUE(ReadDocumentView(value, view));
  EXPECT_TRUE(view.withdrawn);
  EXPECT_FALSE(view.allowed_again);
}

TEST_F(ClassifyRelevanceStageTest, SeesTheSameInARecordAsAFullParse) {
  const std::string value = document_.SerializeAsString();
  DocumentView view;
  ASSERT_TRUE(ReadDocumentView(value, view));
  EXPECT_EQ(view.title, document_.document().title());
  EXPECT_EQ(view.text, document_.document().text());
  EXPECT_EQ(view.language, "en");
  EXPECT_EQ(view.revision, 1U);
  EXPECT_EQ(view.cluster_id, document_.cluster_id());
  for (size_t cut = 1; cut < value.size(); ++cut) {
    DocumentView part;
    data::v1::DedupedDocument parsed;
    if (parsed.ParseFromString(value.substr(0, cut))) continue;
    EXPECT_FALSE(ReadDocumentView(std::string_view(value).substr(0, cut), part)) << cut;
  }
}

}  // namespace
}  // namespace sluice::classify_relevance
