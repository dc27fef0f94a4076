#include "services/deboilerplate/deboilerplate_stage.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/base/proto_time.h"
#include "pipeline/log/topics.h"
#include "services/deboilerplate/document.h"
#include "sluice/data/v1/raw_page.pb.h"

namespace sluice::deboilerplate {
namespace {

data::v1::RawPage MakePage(std::string url, std::string body) {
  data::v1::RawPage page;
  page.mutable_envelope()->set_id("00112233445566778899aabbccddeeff");
  page.mutable_envelope()->set_url(std::move(url));
  page.mutable_envelope()->add_trail()->set_stage("fetch");
  page.set_body(std::move(body));
  page.set_content_type("text/html");
  page.set_body_hash("0123456789abcdef");
  *page.mutable_fetched_at() = base::ToProto(absl::FromUnixSeconds(1'720'000'000));
  return page;
}

std::string Story(std::string_view tail = "") {
  std::string html =
      "<title>Harbour reopens after the storm</title><link rel=canonical "
      "href=/harbour?utm_source=x><article><h1>Harbour reopens "
      "after the storm</h1>";
  for (const char* topic : {"ferries", "fishing boats", "freighters", "pilots", "cranes"}) {
    html += fmt::format(
        "<p>The {0} of the town came back to the harbour on Friday morning, a day after the storm "
        "had passed, and the "
        "harbour master said that all {0} would be at work again by the end of the week.</p>",
        topic);
  }
  return html + std::string(tail) + "</article>";
}

class DeboilerplateStageTest : public ::testing::Test {
 protected:
  absl::StatusOr<stage::Verdict> Run(const data::v1::RawPage& page,
                                     std::string_view key = "pier.example") {
    const std::string value = page.SerializeAsString();
    const log::Record record{.topic = log::kRawPages,
                             .partition = 0,
                             .offset = 1,
                             .appended = now_,
                             .key = key,
                             .value = value};
    absl::StatusOr<std::unique_ptr<stage::Prepared>> prepared = stage_->Prepare(record);
    if (!prepared.ok()) return prepared.status();
    return stage_->Apply(**prepared, record, transaction_);
  }
  data::v1::Document Emitted() const {
    data::v1::Document document;
    EXPECT_FALSE(transaction_.appends().empty());
    EXPECT_TRUE(document.ParseFromString(transaction_.appends().back().value));
    return document;
  }

  absl::Time now_ = absl::FromUnixSeconds(1'720'000'100);
  std::unique_ptr<DeboilerplateStage> stage_ = *DeboilerplateStage::Create({});
  log::Transaction transaction_{nullptr};
};

TEST_F(DeboilerplateStageTest, AnArticleIsPassedOnWithItsEnvelope) {
  const auto verdict = Run(MakePage("https://pier.example/harbour", Story()));
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->kind, stage::Verdict::Kind::kPassed);
  EXPECT_EQ(transaction_.appends().back().topic, log::kDocuments);
  EXPECT_EQ(transaction_.appends().back().key, "pier.example");
  const data::v1::Document document = Emitted();
  EXPECT_EQ(document.envelope().trail(0).stage(), "fetch");
  EXPECT_EQ(document.title(), "Harbour reopens after the storm");
  EXPECT_EQ(document.canonical_url(), "https://pier.example/harbour");
  EXPECT_EQ(document.kind(), data::v1::PAGE_KIND_ARTICLE);
  EXPECT_EQ(document.body_hash(), "0123456789abcdef");
  EXPECT_GT(document.confidence(), 0.5);
}

TEST_F(DeboilerplateStageTest, TheFeedTellsTheLanguageWhereTheTextDoesNot) {
  for (const auto& [told, language] :
       {std::pair("fr-CA", "fr"), std::pair("fran\u00E7ais", ""), std::pair("\u65E5\u672C", "")}) {
    std::string body = "<article><h1>Zxqv wqxj kzvx</h1>";
    for (const char* word : {"zqx", "xvq", "qzw", "vkx", "wqz", "kzj"}) {
      body += fmt::format(
          "<p>Zxqv {0}j kzvx pq{0}, jxkq vz{0} qpxz kwvj zqxw, vkqz {0}w pxq zvk jqx. Xvqz kj{0} "
          "zpqx vwkz, qxjz wv{0} xqzj kvw pzq {0}v.</p>",
          word);
    }
    data::v1::RawPage page = MakePage("https://pier.example/harbour", body + "</article>");
    page.set_feed_language(told);
    const auto verdict = Run(page);
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    ASSERT_EQ(verdict->kind, stage::Verdict::Kind::kPassed) << verdict->reason;
    EXPECT_EQ(Emitted().language(), language) << told;
  }
}

TEST_F(DeboilerplateStageTest, ADocumentCanBeReadWhateverItsStringsHold) {
  const std::string bad = "\xD0";
  const Article article{.title = bad,
                        .text = bad,
                        .authors = {bad},
                        .published = std::nullopt,
                        .modified = std::nullopt,
                        .language = bad,
                        .site = bad,
                        .canonical_url = bad,
                        .section = bad,
                        .tags = {bad},
                        .image_url = bad};
  data::v1::Document document;
  WriteArticle(article, "https://pier.example/harbour", document);
  ASSERT_TRUE(document.ParseFromString(document.SerializeAsString()));
  EXPECT_EQ(document.authors(0), "\uFFFD");
}

TEST_F(DeboilerplateStageTest, WhatIsNoArticleIsDroppedWithItsKind) {
  const auto verdict =
      Run(MakePage("https://pier.example/x",
                   "<title>404</title><h1>Page not found</h1><p>Sorry, no such page is here.</p>"));
  ASSERT_TRUE(verdict.ok());
  EXPECT_EQ(verdict->kind, stage::Verdict::Kind::kDropped);
  EXPECT_EQ(verdict->reason, "error_page");
  EXPECT_TRUE(transaction_.appends().empty());
}

TEST_F(DeboilerplateStageTest, EveryReasonIsDeclared) {
  for (const char* body : {"", "<h1>404 not found</h1>", "<p>short</p>"}) {
    const auto verdict = Run(MakePage("https://pier.example/x", body));
    ASSERT_TRUE(verdict.ok());
    EXPECT_THAT(DeboilerplateStage::kDropReasons, ::testing::Contains(verdict->reason));
  }
}

TEST_F(DeboilerplateStageTest, AGonePageIsPassedOnAsGone) {
  data::v1::RawPage page = MakePage("https://pier.example/harbour", "");
  page.set_gone(true);
  const auto verdict = Run(page);
  ASSERT_TRUE(verdict.ok());
  EXPECT_EQ(verdict->kind, stage::Verdict::Kind::kPassed);
  EXPECT_TRUE(Emitted().gone());
}

TEST_F(DeboilerplateStageTest, AnOperatorsWordIsPassedOnAsItIs) {
  data::v1::RawPage page = MakePage("https://pier.example/harbour", "");
  page.clear_content_type();
  page.mutable_withdrawal()->set_undone(true);
  page.mutable_withdrawal()->set_reason("settled");
  const auto verdict = Run(page);
  ASSERT_TRUE(verdict.ok());
  EXPECT_EQ(verdict->kind, stage::Verdict::Kind::kPassed);
  EXPECT_TRUE(Emitted().withdrawal().undone());
  EXPECT_EQ(Emitted().withdrawal().reason(), "settled");
  EXPECT_FALSE(Emitted().gone());
}

TEST_F(DeboilerplateStageTest, OtherMediaAreDropped) {
  data::v1::RawPage page = MakePage("https://pier.example/a.pdf", "%PDF-1.7");
  page.set_content_type("application/pdf");
  const auto verdict = Run(page);
  ASSERT_TRUE(verdict.ok());
  EXPECT_EQ(verdict->reason, "not_html");
}

TEST_F(DeboilerplateStageTest, ADamagedBodyIsDataLoss) {
  data::v1::RawPage page = MakePage("https://pier.example/harbour", "no gzip");
  page.set_codec(data::v1::BODY_CODEC_GZIP);
  EXPECT_EQ(Run(page).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(DeboilerplateStageTest, ARecordThatIsNoPageIsRefused) {
  log::Record record;
  for (const char* value : {"\xFF\xFF", ""}) {
    record.value = value;
    EXPECT_EQ(stage_->Prepare(record).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(DeboilerplateStageTest, TheFeedsDateStandsInWhereThePageHasNone) {
  data::v1::RawPage page = MakePage("https://pier.example/harbour", Story());
  *page.mutable_feed_published() = base::ToProto(absl::FromUnixSeconds(1'710'000'000));
  ASSERT_TRUE(Run(page).ok());
  EXPECT_EQ(Emitted().published().seconds(), 1'710'000'000);
}

TEST_F(DeboilerplateStageTest, AFeedsDateThatCannotBeIsNotBelieved) {
  data::v1::RawPage page = MakePage("https://pier.example/harbour", Story());
  constexpr int64_t kYearOne = -62'135'596'800;
  for (const int64_t seconds :
       {page.fetched_at().seconds() + 24 * 3600 + 1, int64_t{0}, kYearOne}) {
    page.mutable_feed_published()->set_seconds(seconds);
    ASSERT_TRUE(Run(page).ok());
    EXPECT_FALSE(Emitted().has_published()) << seconds;
  }
}

TEST_F(DeboilerplateStageTest, TheSiteIsRememberedInItsTable) {
  ASSERT_TRUE(Run(MakePage("https://pier.example/1", Story())).ok());
  ASSERT_FALSE(transaction_.rows().empty());
  EXPECT_EQ(transaction_.rows().back().table, "site");
  EXPECT_EQ(transaction_.rows().back().key, "pier.example");
  EXPECT_LE(transaction_.rows().back().value->size(), 4096U);
}

TEST_F(DeboilerplateStageTest, SitesThatWereNotSeenForLongAreForgotten) {
  const auto remembered = [&](std::string_view key) {
    return transaction_.Get("site", key).has_value();
  };
  const data::v1::RawPage page = MakePage("https://pier.example/1", Story());
  ASSERT_TRUE(Run(page, "pier.example").ok());
  ASSERT_TRUE(Run(page, "quay.example").ok());
  now_ += absl::Hours(24 * 29);
  ASSERT_TRUE(Run(page, "pier.example").ok());
  now_ += absl::Hours(24);
  data::v1::RawPage index = MakePage("https://mole.example/", "<p>Nothing");
  ASSERT_EQ(Run(index, "mole.example")->kind, stage::Verdict::Kind::kDropped);
  EXPECT_TRUE(remembered("quay.example")) << "no site came";
  ASSERT_TRUE(Run(page, "mole.example").ok());
  EXPECT_FALSE(remembered("quay.example"));
  EXPECT_TRUE(remembered("pier.example"));

  const std::string row = *transaction_.Get("site", "pier.example");
  stage_ = *DeboilerplateStage::Create({});
  stage_->Load("site", "pier.example", row);
  now_ += absl::Hours(24 * 29);
  ASSERT_TRUE(Run(page, "mole.example").ok());
  EXPECT_FALSE(remembered("pier.example")) << "it was there when the stage was opened";
  EXPECT_TRUE(remembered("mole.example"));
}

}  // namespace
}  // namespace sluice::deboilerplate
