#include "services/sluice/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "tests/support/temporary_directory.h"

namespace sluice::cli {
namespace {

using testing::HasSubstr;

class ConfigFileTest : public testing::Test {
 protected:
  absl::StatusOr<config::v1::Config> Load(std::string_view yaml) {
    const std::string file = directory_.Path("sluice.yaml");
    std::ofstream(file) << "log: {embedded: {directory: d}}\n" << yaml;
    return LoadConfig({.file = file});
  }

  support::TemporaryDirectory directory_;
};

TEST_F(ConfigFileTest, HasArticlesRememberedForAsLongAsDedupeKnowsThem) {
  const auto article_memory = [&](std::string_view yaml) {
    const auto config = Load(yaml);
    EXPECT_TRUE(config.ok()) << config.status();
    return base::FromProto(config->classify_relevance().article_memory());
  };
  EXPECT_EQ(article_memory("dedupe: {document_memory: 365d}"), absl::Hours(24 * 365));
  EXPECT_EQ(article_memory("dedupe: {document_memory: 60d}\n"
                           "classify_relevance: {article_memory: 61d}"),
            absl::Hours(24 * 61));
  EXPECT_EQ(article_memory("classify_relevance: {article_memory: 1d}"), absl::Hours(24));
  EXPECT_FALSE(Load("")->classify_relevance().has_article_memory());
}

TEST_F(ConfigFileTest, RefusesToForgetArticlesThatDedupeKnows) {
  const absl::Status status = Load(
                                  "dedupe: {document_memory: 60d}\n"
                                  "classify_relevance: {article_memory: 59d}")
                                  .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(base::ToStd(status.message())),
              HasSubstr("classify_relevance.article_memory is 1416h, less than "
                        "dedupe.document_memory, 1440h"));
}

}  // namespace
}  // namespace sluice::cli
