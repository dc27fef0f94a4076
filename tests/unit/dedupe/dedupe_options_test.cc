#include "services/dedupe/dedupe_options.h"

#include <gmock/gmock.h>
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

TEST(DedupeOptionsTest, RefusesDocumentsThatAreForgottenBeforeTheirTexts) {
  config::v1::Dedupe config;
  config.mutable_document_memory()->set_seconds(3600);
  EXPECT_FALSE(FromConfig(config).ok());
}

}  // namespace
}  // namespace sluice::dedupe
