#include "pipeline/config/yaml_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sluice/config/v1/config.pb.h"
#include "tests/support/temporary_directory.h"

namespace sluice::config {
namespace {

using sluice::config::v1::Config;
using testing::HasSubstr;
using testing::Not;

class YamlReaderTest : public testing::Test {
 protected:
  absl::Status Read(std::string_view yaml) {
    return ReadYaml(yaml, "sluice.yaml", environment_, config_);
  }
  std::string Error(std::string_view yaml) {
    const absl::Status status = Read(yaml);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    return std::string(status.message());
  }

  const Environment environment_ = [](const std::string& name) -> std::optional<std::string> {
    if (name == "SECRET") return "hunter2";
    if (name == "PAUSE") return "5s";
    return std::nullopt;
  };
  Config config_;
};

TEST_F(YamlReaderTest, ReadsGroupsListsNumbersAndDurations) {
  ASSERT_TRUE(Read(R"(
log: {embedded: {directory: ./data, sync_interval: 1500ms, retention_bytes: 1000}, kafka: {create_topics: false}}
grpc: {listen: "127.0.0.1:7070"}
fetch:
  contact: "https://example.org/about"
  host_interval: 1m30s
  revisit: true
  revisits: [1h, 6h]
  allowed_private_networks: ["127.0.0.0/8", "10.0.0.0/8"]
  sources:
    - {id: one, feed: "https://example.org/rss.xml", interval: 10m}
    - {id: two, page: "https://example.org/news"}
classify_relevance: {publish_score_min: 0.25}
)")
                  .ok());
  EXPECT_EQ(config_.log().embedded().directory(), "./data");
  EXPECT_EQ(config_.log().embedded().sync_interval().seconds(), 1);
  EXPECT_EQ(config_.log().embedded().sync_interval().nanos(), 500'000'000);
  EXPECT_TRUE(config_.log().kafka().has_create_topics());
  EXPECT_FALSE(config_.log().kafka().create_topics());
  EXPECT_EQ(config_.log().embedded().retention_bytes(), 1000);
  EXPECT_EQ(config_.fetch().host_interval().seconds(), 90);
  EXPECT_TRUE(config_.fetch().revisit());
  EXPECT_EQ(config_.fetch().revisits(1).seconds(), 6 * 3600);
  EXPECT_EQ(config_.fetch().allowed_private_networks(1), "10.0.0.0/8");
  ASSERT_EQ(config_.fetch().sources_size(), 2);
  EXPECT_EQ(config_.fetch().sources(1).page(), "https://example.org/news");
  EXPECT_EQ(config_.classify_relevance().publish_score_min(), 0.25);
}

TEST_F(YamlReaderTest, NamesTheNearestKeyOfAnUnknownOne) {
  const std::string error = Error("fetch:\n  contact: x\n  host_intervall: 1s\n");
  EXPECT_THAT(error, HasSubstr("sluice.yaml, line 3"));
  EXPECT_THAT(error, HasSubstr("fetch.host_intervall"));
  EXPECT_THAT(error, HasSubstr("did you mean host_interval?"));
}

TEST_F(YamlReaderTest, NamesThePlaceInAListThatIsWrong) {
  EXPECT_THAT(Error("fetch:\n  sources:\n    - {id: one}\n    - {id: two, intervall: 1s}\n"),
              HasSubstr("line 4: fetch.sources[1].intervall: is not a key"));
  EXPECT_THAT(Error("fetch: {revisits: [1h, soon]}"), HasSubstr("fetch.revisits[1]: \"soon\""));
}

TEST_F(YamlReaderTest, ListsTheKnownKeysWhereNoneIsNear) {
  EXPECT_THAT(Error("http: {completely_different: 1}"), HasSubstr("known here: listen"));
}

TEST_F(YamlReaderTest, RefusesAKeyGivenTwice) {
  EXPECT_THAT(Error("http: {listen: a, listen: b}"), HasSubstr("http.listen: is given twice"));
  EXPECT_THAT(Error("log: {kafka: {properties: {a.b: 1, c: 2, a.b: 3}}}"),
              HasSubstr("log.kafka.properties.a.b: is given twice"));
}

TEST_F(YamlReaderTest, RefusesASecondDocument) {
  EXPECT_THAT(Error("http: {listen: a}\n---\nfetch: {contact: b}\n"),
              HasSubstr("sluice.yaml, line 3: a second document"));
  EXPECT_TRUE(Read("---\nhttp: {listen: a}\n...\n").ok());
  EXPECT_TRUE(Read("http: {listen: a}\n---\n").ok());
  EXPECT_TRUE(Read("").ok());
}

TEST_F(YamlReaderTest, TakesOneValueForAListOfOne) {
  ASSERT_TRUE(Read("fetch: {allowed_private_networks: 10.0.0.0/8}").ok());
  ASSERT_EQ(config_.fetch().allowed_private_networks_size(), 1);
  EXPECT_EQ(config_.fetch().allowed_private_networks(0), "10.0.0.0/8");
  ASSERT_TRUE(Read("fetch: {revisits: 90m}").ok());
  ASSERT_EQ(config_.fetch().revisits_size(), 1);
  EXPECT_EQ(config_.fetch().revisits(0).seconds(), 5400);
  EXPECT_THAT(Error("fetch: {allowed_private_networks: {a: b}}"), HasSubstr("a list is expected"));
  EXPECT_THAT(Error("fetch: {sources: one}"), HasSubstr("fetch.sources: a list is expected"));
}

TEST_F(YamlReaderTest, RefusesValuesOfAnotherKind) {
  EXPECT_THAT(Error("fetch: {host_interval: 10}"), HasSubstr("\"10\" is no duration"));
  EXPECT_THAT(Error("fetch: {host_interval: -1s}"), HasSubstr("\"-1s\" is no duration"));
  EXPECT_THAT(Error("fetch: {host_interval: [1s]}"), HasSubstr("what stands here is no duration"));
  EXPECT_THAT(Error("fetch: {sources: {id: one}}"), HasSubstr("fetch.sources: a list is expected"));
  EXPECT_THAT(Error("log: {kafka: {partitions: many}}"), HasSubstr("\"many\" is not a number"));
  EXPECT_THAT(Error("log: {kafka: {partitions: -1}}"), HasSubstr("\"-1\" is not a number"));
  EXPECT_THAT(Error("log: {kafka: {partitions: 5x}}"), HasSubstr("\"5x\" is not a number"));
  EXPECT_THAT(Error("log: {kafka: {partitions: 4294967296}}"), HasSubstr("is not a number that"));
  EXPECT_THAT(Error("log: {kafka: {create_topics: 1}}"),
              HasSubstr("\"1\" is neither true nor false"));
  EXPECT_THAT(Error("http: {listen: [a]}"), HasSubstr("http.listen: a single value is expected"));
  EXPECT_THAT(Error("http: 7071"), HasSubstr("a group of keys is expected"));
  EXPECT_THAT(Error("log: {kafka: {properties: [a]}}"), HasSubstr("a group of keys is expected"));
  EXPECT_THAT(Error("log: {kafka: {properties: {a.b: [c]}}}"),
              HasSubstr("log.kafka.properties.a.b: a value is expected"));
  EXPECT_THAT(Error("log: 1\nhttp: [listen]]"), HasSubstr("sluice.yaml, line 2: is not YAML"));
}

TEST_F(YamlReaderTest, RefusesAZeroThatWouldBeTakenForTheDefault) {
  for (const char* yaml : {"feed: {ring_bytes: 0}", "runtime: {backlog_bytes_max: 0}",
                           "log: {kafka: {partitions: 0}}", "feed: {subscribers_max: \"0\"}"}) {
    EXPECT_THAT(Error(yaml), HasSubstr("is 0; write 1 or more, or leave it out for the default"))
        << yaml;
  }
  EXPECT_TRUE(Read("runtime: {threads: 0, ordinal: 0}").ok());
  EXPECT_TRUE(config_.runtime().has_threads());
  const absl::Status set = ApplyAssignment("feed.retention_bytes=0", environment_, config_);
  EXPECT_THAT(std::string(set.message()), HasSubstr("is 0"));
}

TEST_F(YamlReaderTest, ReplacesReferencesAndNeverPrintsThem) {
  const support::TemporaryDirectory directory;
  const std::string file = directory.Path("secret");
  std::ofstream(file) << "s3cret\n";
  ASSERT_TRUE(Read("log: {kafka: {properties: {sasl.username: \"user-${env:SECRET}\", "
                   "sasl.password: \"${file:" +
                   file + "}\"}}}")
                  .ok());
  ASSERT_TRUE(Read("fetch: {host_interval: \"${env:PAUSE}\"}").ok());
  EXPECT_EQ(config_.fetch().host_interval().seconds(), 5);
  EXPECT_EQ(config_.log().kafka().properties().at("sasl.username"), "user-hunter2");
  EXPECT_EQ(config_.log().kafka().properties().at("sasl.password"), "s3cret");
  for (const auto& [group, key] :
       {std::pair("kafka", "partitions"), {"kafka", "create_topics"}, {"embedded", "retention"}}) {
    const std::string error =
        Error(fmt::format("log: {{{}: {{{}: \"${{env:SECRET}}\"}}}}", group, key));
    EXPECT_THAT(error, HasSubstr(fmt::format("log.{}.{}", group, key)));
    EXPECT_THAT(error, Not(HasSubstr("hunter2")));
  }
  EXPECT_THAT(Error("http: {listen: \"${env:NONE}\"}"), HasSubstr("no variable NONE"));
  EXPECT_THAT(Error("log: {kafka: {properties: {a.b: \"${env:NONE}\"}}}"),
              HasSubstr("log.kafka.properties.a.b: the environment has no variable NONE"));
  EXPECT_THAT(Error("fetch: {host_interval: \"${env:NONE}\"}"), HasSubstr("no variable NONE"));
  EXPECT_THAT(Error(fmt::format("http: {{listen: \"${{file:{}}}\"}}", directory.Path("none"))),
              testing::AllOf(HasSubstr("http.listen"), HasSubstr(directory.Path("none"))));
  EXPECT_THAT(Error("http: {listen: \"${vault:x}\"}"), HasSubstr("neither"));
  EXPECT_THAT(Error("http: {listen: \"${env:SECRET\"}"), HasSubstr("without its }"));
}

TEST_F(YamlReaderTest, SetsOneField) {
  ASSERT_TRUE(Read("fetch: {allowed_private_networks: [\"10.0.0.0/8\"]}").ok());
  ASSERT_TRUE(ApplyAssignment("fetch.host_interval=5s", environment_, config_).ok());
  ASSERT_TRUE(
      ApplyAssignment("fetch.allowed_private_networks=[\"127.0.0.0/8\"]", environment_, config_)
          .ok());
  EXPECT_EQ(config_.fetch().host_interval().seconds(), 5);
  ASSERT_EQ(config_.fetch().allowed_private_networks_size(), 1);
  EXPECT_EQ(config_.fetch().allowed_private_networks(0), "127.0.0.0/8");
}

TEST_F(YamlReaderTest, NamesTheAssignmentThatIsWrong) {
  EXPECT_THAT(
      std::string(ApplyAssignment("fetch.host_intervl=5s", environment_, config_).message()),
      testing::AllOf(HasSubstr("--set fetch.host_intervl: "), HasSubstr("host_interval?")));
  EXPECT_THAT(std::string(ApplyAssignment("fetch.contact=[x", environment_, config_).message()),
              HasSubstr("--set fetch.contact"));
  for (const std::string_view wrong : {"nonsense", "=1"}) {
    EXPECT_THAT(std::string(ApplyAssignment(wrong, environment_, config_).message()),
                HasSubstr("path.to.field=VALUE"));
  }
  for (const std::string_view wrong : {"fetch.contact.x=1", "fetch.sources.id=1", "fetch.x.y=1"}) {
    EXPECT_THAT(std::string(ApplyAssignment(wrong, environment_, config_).message()),
                HasSubstr(fmt::format("--set {}: ", wrong.substr(0, wrong.size() - 2))));
  }
}

TEST(ParseDurationNanosTest, TakesUnitsAndSumsOfThem) {
  EXPECT_EQ(ParseDurationNanos("1500ms"), 1'500'000'000);
  EXPECT_EQ(ParseDurationNanos("1h30m"), 5400 * int64_t{1'000'000'000});
  EXPECT_EQ(ParseDurationNanos("0s"), 0);
  EXPECT_EQ(ParseDurationNanos("2000000000ms"), 2'000'000 * int64_t{1'000'000'000});
  EXPECT_EQ(ParseDurationNanos("0.5d"), 43'200 * int64_t{1'000'000'000});
  for (const char* wrong : {"", "10", "s", "1 s", "1w", "-1s", "1e300d", "nan", "nans", "nan(1)d",
                            "infs", "9e9s9e9s", "1e6d", "1e5d1e5d1e5d"}) {
    EXPECT_EQ(ParseDurationNanos(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace sluice::config
