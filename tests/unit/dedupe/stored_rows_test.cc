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
