// Bytes that were written once must be read for ever: every data message has a file with its
// encoded bytes and one with what they mean. A field may be added; a change that makes one of these
// fail breaks stored records.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "sluice/data/v1/crawl_target.pb.h"
#include "sluice/data/v1/dead_letter.pb.h"
#include "sluice/data/v1/deduped_document.pb.h"
#include "sluice/data/v1/document.pb.h"
#include "sluice/data/v1/feed_item.pb.h"
#include "sluice/data/v1/heartbeat.pb.h"
#include "sluice/data/v1/outcome.pb.h"
#include "sluice/data/v1/raw_page.pb.h"
#include "sluice/data/v1/source_health.pb.h"

namespace sluice::data::v1 {
namespace {

const std::string kFolder = SLUICE_SOURCE_DIR "/tests/golden/proto/v1/";

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path << " is missing";
  return {std::istreambuf_iterator<char>(file), {}};
}

template <typename Message>
class OldBytesTest : public testing::Test {};

using Messages = testing::Types<CrawlTarget, RawPage, Document, DedupedDocument, FeedItem, Outcome,
                                DeadLetter, SourceHealth, Heartbeat>;
TYPED_TEST_SUITE(OldBytesTest, Messages);

TYPED_TEST(OldBytesTest, StillMeanTheSame) {
  const std::string name = TypeParam::descriptor()->name();
  TypeParam expected;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(ReadFile(kFolder + name + ".textproto"),
                                                            &expected));
  TypeParam parsed;
  ASSERT_TRUE(parsed.ParseFromString(ReadFile(kFolder + name + ".binpb")));
  std::string difference;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(expected, parsed)) << difference;
}

TYPED_TEST(OldBytesTest, AreNotEmpty) {
  TypeParam parsed;
  ASSERT_TRUE(
      parsed.ParseFromString(ReadFile(kFolder + TypeParam::descriptor()->name() + ".binpb")));
  std::vector<const google::protobuf::FieldDescriptor*> set;
  parsed.GetReflection()->ListFields(parsed, &set);
  EXPECT_GE(set.size(), std::min(2, TypeParam::descriptor()->field_count()));
}

TYPED_TEST(OldBytesTest, KeepFieldsOfALaterVersion) {
  std::string bytes = ReadFile(kFolder + TypeParam::descriptor()->name() + ".binpb");
  bytes += std::string("\xfa\x3f\x03new", 6);  // Field 1023, which no message has.
  TypeParam parsed;
  ASSERT_TRUE(parsed.ParseFromString(bytes));
  EXPECT_THAT(parsed.SerializeAsString(), testing::HasSubstr("new"));
}

}  // namespace
}  // namespace sluice::data::v1
