#include "services/dedupe/dedupe_options.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace sluice::dedupe {
namespace {

TEST(DedupeOptionsTest, HasDefaultsForAnEmptyConfiguration) {
  const auto options = FromConfig({});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->near_window, absl::Hours(96));
  EXPECT_EQ(options->text_memory, absl::Hours(24 * 30));
  EXPECT_EQ(options->index.list_max, 64U);
  EXPECT_EQ(options->fingerprint.keys_max, 512U);
}

TEST(DedupeOptionsTest, TakesWhatIsSet) {
  config::v1::Dedupe config;
  config.mutable_text_memory()->set_seconds(7200);
  config.set_candidates_max(3);
  config.set_documents_max(10);
  config.set_withdrawn_max(7);
  const auto options = FromConfig(config);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->text_memory, absl::Hours(2));
  EXPECT_EQ(options->index.candidates_max, 3U);
  EXPECT_EQ(options->documents_max, 10U);
  EXPECT_EQ(options->withdrawn_max, 7U);
}

TEST(DedupeOptionsTest, NamesTheOptionItsValueAndTheRange) {
  config::v1::Dedupe config;
  config.set_list_max(5000);
  const absl::Status status = FromConfig(config).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              testing::AllOf(testing::HasSubstr("dedupe.list_max"), testing::HasSubstr("5000"),
                             testing::HasSubstr("1 to 1024")));
}

TEST(DedupeOptionsTest, HoldsTheDocumentedRanges) {
  struct Range {
    std::string key;
    uint64_t least, most;
  };
  for (const auto& [key, least, most] :
       {Range{"words_max", 64, 1'000'000}, Range{"keys_max", 1, 65'535}, Range{"list_max", 1, 1024},
        Range{"candidates_max", 1, 256}, Range{"documents_max", 1, uint64_t{1} << 31},
        Range{"withdrawn_max", 1, 10'000'000}}) {
    const auto read = [&key](uint64_t value) {
      config::v1::Dedupe config;
      EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(key + ": " + std::to_string(value),
                                                                &config));
      return FromConfig(config).status();
    };
    for (const uint64_t value : {least, most}) EXPECT_TRUE(read(value).ok()) << key << value;
    for (const uint64_t value : {least - 1, most + 1}) {
      EXPECT_THAT(std::string(read(value).message()), testing::HasSubstr("dedupe." + key));
    }
  }
}

TEST(DedupeOptionsTest, TakesEachKeyForItsOwnOption) {
  config::v1::Dedupe config;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"(near_window { seconds: 3601 } document_memory { seconds: 9000000 }
         index_bytes_max: 1048577 words_max: 65 keys_max: 66 list_max: 67)",
      &config));
  const auto options = FromConfig(config);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->near_window, absl::Seconds(3601));
  EXPECT_EQ(options->document_memory, absl::Seconds(9'000'000));
  EXPECT_EQ(options->index.bytes_max, 1'048'577U);
  EXPECT_EQ(options->fingerprint.words_max, 65U);
  EXPECT_EQ(options->fingerprint.keys_max, 66U);
  EXPECT_EQ(options->index.list_max, 67U);
}

TEST(DedupeOptionsTest, RefusesDocumentsThatAreForgottenBeforeTheirTexts) {
  config::v1::Dedupe config;
  config.mutable_document_memory()->set_seconds(3600);
  EXPECT_FALSE(FromConfig(config).ok());
}

}  // namespace
}  // namespace sluice::dedupe
