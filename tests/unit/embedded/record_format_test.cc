#include "pipeline/embedded/record_format.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::embedded {
namespace {

std::string Bytes(const RecordKey& key) { return {key.data(), key.size()}; }

TEST(RecordFormatTest, KeysSortByPartitionThenOffset) {
  const RecordId ids[] = {{0, 0}, {0, 255}, {0, 256}, {0, ~uint64_t{0}}, {1, 0}, {256, 1}};
  std::string last;
  for (const RecordId& id : ids) {
    const std::string key = Bytes(EncodeRecordKey(id));
    EXPECT_LT(last, key);
    last = key;
    const auto decoded = DecodeRecordKey(key);
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(decoded->partition, id.partition);
    EXPECT_EQ(decoded->offset, id.offset);
  }
  EXPECT_FALSE(DecodeRecordKey("").has_value());
  EXPECT_FALSE(DecodeRecordKey(last + "x").has_value());
}

TEST(RecordFormatTest, RecordsComeBackAsTheyWere) {
  const StoredRecord record = {.appended = absl::FromUnixMicros(1'760'000'000'000'001),
                               .bytes_before = 1'234'567'890'123,
                               .key = "key",
                               .value = std::string_view("va\0lue", 6)};
  const RecordHead head = EncodeRecordHead(record);
  const std::string bytes =
      std::string(head.data(), head.size()) + std::string(record.key) + std::string(record.value);
  const auto decoded = DecodeRecord(bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->appended, record.appended);
  EXPECT_EQ(decoded->bytes_before, record.bytes_before);
  EXPECT_EQ(decoded->key, record.key);
  EXPECT_EQ(decoded->value, record.value);
}

TEST(RecordFormatTest, ARecordCutShortIsDamaged) {
  const RecordHead head = EncodeRecordHead(
      {.appended = absl::UnixEpoch(), .bytes_before = 0, .key = "key", .value = ""});
  const std::string bytes = std::string(head.data(), head.size()) + "key";
  EXPECT_TRUE(DecodeRecord(bytes).has_value());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeRecord(std::string_view(bytes).substr(0, size)).has_value()) << size;
  }
}

}  // namespace
}  // namespace sluice::embedded
