#include "services/dedupe/stored_rows.h"

#include <gtest/gtest.h>

#include "sluice/state/v1/dedupe.pb.h"

namespace sluice::dedupe {
namespace {

TEST(StoredRowsTest, KeysFollowTheOrderOfTheLog) {
  const absl::Time time = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_LT(RowKey({.time = time, .offset = 255}), RowKey({.time = time, .offset = 256}));
  EXPECT_LT(RowKey({.time = time, .offset = 900}),
            RowKey({.time = time + absl::Microseconds(1), .offset = 1}));
  const auto parsed = ParseRowKey(RowKey({.time = time, .offset = 77}));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->time, time);
  EXPECT_EQ(parsed->offset, 77U);
  EXPECT_EQ(ParseRowKey("short").status().code(), absl::StatusCode::kDataLoss);
}

TEST(StoredRowsTest, AnOriginalIsStoredWithOneId) {
  SeenDocument document;
  document.place.id = document.place.article_id = document.place.cluster_id = base::HashBytes("a");
  state::v1::DedupeDocumentRow row;
  ASSERT_TRUE(row.ParseFromString(EncodeDocument(document)));
  EXPECT_TRUE(row.article_id().empty());
  EXPECT_TRUE(row.cluster_id().empty());
  const auto decoded = DecodeDocument(EncodeDocument(document), {});
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->place.article_id, document.place.id);
  EXPECT_EQ(decoded->place.cluster_id, document.place.id);
}

TEST(StoredRowsTest, GivesBackEverythingOfADocument) {
  for (const Relation relation :
       {Relation::kOriginal, Relation::kCopy, Relation::kUpdate, Relation::kExact}) {
    SeenDocument document;
    document.place = {.id = base::HashBytes("a"),
                      .article_id = base::HashBytes("b"),
                      .cluster_id = base::HashBytes("c"),
                      .revision = 4,
                      .relation = relation,
                      .of = base::HashBytes("d"),
                      .similarity = 0.75,
                      .shared_words = 120,
                      .also_matches = {base::HashBytes("e"), base::HashBytes("f")}};
    document.urls = {11, 12, 13};
    document.content = base::HashBytes("g");
    document.body = 14;
    document.extractor_version = 15;
    document.gone = true;
    const LogPlace log = {.time = absl::FromUnixSeconds(9), .offset = 16};
    const auto decoded = DecodeDocument(EncodeDocument(document), log);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(decoded->place.id, document.place.id);
    EXPECT_EQ(decoded->place.article_id, document.place.article_id);
    EXPECT_EQ(decoded->place.cluster_id, document.place.cluster_id);
    EXPECT_EQ(decoded->place.revision, 4U);
    EXPECT_EQ(decoded->place.relation, relation);
    EXPECT_EQ(decoded->place.of, document.place.of);
    EXPECT_EQ(decoded->place.similarity, 0.75);
    EXPECT_EQ(decoded->place.shared_words, 120U);
    EXPECT_EQ(decoded->place.also_matches, document.place.also_matches);
    EXPECT_EQ(decoded->urls, document.urls);
    EXPECT_EQ(decoded->content, document.content);
    EXPECT_EQ(decoded->body, 14U);
    EXPECT_EQ(decoded->extractor_version, 15U);
    EXPECT_TRUE(decoded->gone);
    EXPECT_EQ(decoded->log.offset, 16U);
    data::v1::DedupedDocument emitted;
    WritePlace(document.place, emitted);
    EXPECT_EQ(emitted.article_id(), document.place.article_id.Hex());
    EXPECT_EQ(emitted.cluster_id(), document.place.cluster_id.Hex());
    EXPECT_EQ(emitted.revision(), 4U);
    EXPECT_EQ(static_cast<int>(emitted.relation()), static_cast<int>(relation) + 1);
    EXPECT_EQ(emitted.of(), document.place.of.Hex());
    EXPECT_EQ(emitted.similarity(), 0.75);
    EXPECT_EQ(emitted.shared_words(), 120U);
    ASSERT_EQ(emitted.also_matches_size(), 2);
    EXPECT_EQ(emitted.also_matches(1), base::HashBytes("f").Hex());
  }
  for (const std::string_view broken : {"", "\xff\xff"}) {
    EXPECT_EQ(DecodeDocument(broken, {}).status().code(), absl::StatusCode::kDataLoss);
  }
  EXPECT_EQ(DecodeText("\xff\xff").status().code(), absl::StatusCode::kDataLoss);
}

TEST(StoredRowsTest, TextsOfAnotherFingerprintAreTold) {
  Arrival arrival;
  arrival.fingerprint.text.codes = {1, 2, 0xFFFF};
  arrival.fingerprint.title.codes = {3};
  arrival.site = 5;
  const std::string value = EncodeText(arrival, absl::FromUnixSeconds(9));
  const auto decoded = DecodeText(value);
  ASSERT_TRUE(decoded.ok());
  EXPECT_TRUE(decoded->current);
  EXPECT_EQ(decoded->words, arrival.fingerprint.text.codes);
  EXPECT_EQ(decoded->title, arrival.fingerprint.title.codes);
  EXPECT_EQ(decoded->date, absl::FromUnixSeconds(9));
  EXPECT_EQ(decoded->site, 5U);
  state::v1::DedupeTextRow row;
  ASSERT_TRUE(row.ParseFromString(value));
  row.set_fingerprint_version(kFingerprintVersion + 1);
  EXPECT_FALSE(DecodeText(row.SerializeAsString())->current);
}

TEST(StoredRowsTest, ParsesIdsOfLowerCaseHexOnly) {
  const base::Hash128 id = base::HashBytes("a");
  EXPECT_EQ(*ParseId(id.Hex()), id);
  for (const std::string_view bad :
       {"", "12", "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcdeg"}) {
    EXPECT_EQ(ParseId(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace sluice::dedupe
