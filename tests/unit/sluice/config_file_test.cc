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

TEST_F(ConfigFileTest, FlagsGoBeforeTheFile) {
  const std::string file = directory_.Path("flags.yaml");
  std::ofstream(file) << "log: {embedded: {directory: d}}\n"
                         "grpc: {listen: \"127.0.0.1:1\"}\nhttp: {listen: \"127.0.0.1:2\"}\n";
  auto config = LoadConfig({.file = file});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->grpc().listen(), "127.0.0.1:1");
  EXPECT_EQ(config->http().listen(), "127.0.0.1:2");
  config = LoadConfig({.file = file, .assignments = {"http.listen=127.0.0.1:3"}});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->http().listen(), "127.0.0.1:3");
  config = LoadConfig({.file = file,
                       .assignments = {"http.listen=127.0.0.1:3"},
                       .grpc_listen = "127.0.0.1:4",
                       .http_listen = "127.0.0.1:5"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->grpc().listen(), "127.0.0.1:4");
  EXPECT_EQ(config->http().listen(), "127.0.0.1:5");
  const absl::Status wrong = LoadConfig({.file = file, .assignments = {"http.lisen=x"}}).status();
  EXPECT_THAT(std::string(base::ToStd(wrong.message())), HasSubstr("--set http.lisen"));
}

TEST_F(ConfigFileTest, OpensWhatOperatorsMayToThisMachineAlone) {
  const auto admin_listen = [&](std::string_view yaml) {
    const auto config = Load(yaml);
    EXPECT_TRUE(config.ok()) << config.status();
    return config->grpc().admin_listen();
  };
  EXPECT_EQ(admin_listen(""), "127.0.0.1:7070");
  EXPECT_EQ(admin_listen("grpc: {listen: \"127.0.0.1:9\"}"), "127.0.0.1:9");
  EXPECT_EQ(admin_listen("grpc: {listen: \"0.0.0.0:9\"}"), "127.0.0.1:7072");
  EXPECT_EQ(admin_listen("grpc: {listen: \"0.0.0.0:9\", admin_listen: \"10.0.0.1:9\"}"),
            "10.0.0.1:9");
}

TEST_F(ConfigFileTest, WantsOneLogAndItsDirectory) {
  const std::string file = directory_.Path("log.yaml");
  const auto load = [&](std::string_view yaml) {
    std::ofstream(file) << yaml;
    return LoadConfig({.file = file});
  };
  for (const char* yaml : {"log: {}", "log: {embedded: {}}",
                           "log: {embedded: {directory: d}, kafka: {bootstrap_servers: \"h:1\"}}",
                           "log: {kafka: {}}"}) {
    EXPECT_EQ(load(yaml).status().code(), absl::StatusCode::kInvalidArgument) << yaml;
  }
  const auto kafka = load("log: {kafka: {bootstrap_servers: \"h:1\"}}");
  ASSERT_TRUE(kafka.ok()) << kafka.status();
  EXPECT_EQ(kafka->log().kafka().state_directory(), "./sluice-state");
}

TEST_F(ConfigFileTest, SaysHowToGetAConfigurationWhereThereIsNone) {
  const absl::Status status = LoadConfig({.file = directory_.Path("none.yaml")}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(base::ToStd(status.message())),
              testing::AllOf(HasSubstr("none.yaml"), HasSubstr("sluice config print-default")));
}

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
