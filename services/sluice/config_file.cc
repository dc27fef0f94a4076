#include "services/sluice/config_file.h"

#include <cstdlib>

#include "pipeline/base/file.h"
#include "pipeline/base/listen_address.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/config/yaml_reader.h"
#include "pipeline/kafka/options.h"
#include "pipeline/log/log.h"
#include "pipeline/log/topics.h"

namespace sluice::cli {
namespace {

constexpr size_t kFileBytesMax = 64 << 20;

std::optional<std::string> ReadEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

bool IsLoopback(std::string_view listen) {
  const absl::StatusOr<base::ListenAddress> address = base::ParseListenAddress(listen);
  return address.ok() && address->IsLoopback();
}

void FillDefaults(config::v1::Config& config) {
  if (config.grpc().listen().empty()) config.mutable_grpc()->set_listen("127.0.0.1:7070");
  if (config.grpc().admin_listen().empty()) {
    config.mutable_grpc()->set_admin_listen(
        IsLoopback(config.grpc().listen()) ? config.grpc().listen() : "127.0.0.1:7072");
  }
  if (config.log().has_kafka() && config.log().kafka().state_directory().empty()) {
    config.mutable_log()->mutable_kafka()->set_state_directory("./sluice-state");
  }
  if (config.http().listen().empty()) config.mutable_http()->set_listen("127.0.0.1:7071");
  if (config.dedupe().has_document_memory() && !config.classify_relevance().has_article_memory()) {
    *config.mutable_classify_relevance()->mutable_article_memory() =
        config.dedupe().document_memory();
  }
}

absl::Status CheckListeners(const config::v1::Config& config) {
  for (const auto& [key, listen] : {std::pair("grpc.listen", config.grpc().listen()),
                                    {"grpc.admin_listen", config.grpc().admin_listen()},
                                    {"http.listen", config.http().listen()}}) {
    if (absl::Status status = base::ParseListenAddress(listen).status(); !status.ok()) {
      return absl::InvalidArgumentError(fmt::format("{}: {}", key, status.message()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckLog(const config::v1::Log& log) {
  if (log.has_embedded() == log.has_kafka()) {
    return absl::InvalidArgumentError(
        "log: exactly one of log.embedded and log.kafka is expected, such as log: {embedded: "
        "{directory: ./data}}");
  }
  if (log.has_embedded() && log.embedded().directory().empty()) {
    return absl::InvalidArgumentError(
        "log.embedded.directory is missing: name a directory for the data");
  }
  return log.has_kafka() ? kafka::FromConfig(log.kafka()).status() : absl::OkStatus();
}

// What is read back from Kafka's topics cannot be remembered for longer than these keep it. The
// embedded log keeps it as long as it is asked to.
absl::Status CheckKept(const config::v1::Config& config) {
  if (!config.log().has_kafka()) return absl::OkStatus();
  struct Kept {
    std::string_view key;
    const google::protobuf::Duration& value;  // Zero: the default, which is within the limit.
    absl::Duration most;
    std::string_view where;
  };
  for (const Kept& kept : {Kept{"dedupe.document_memory", config.dedupe().document_memory(),
                                log::Table().kept_max, "the topics of its state"},
                           Kept{"feed.retention", config.feed().retention(),
                                log::FindTopic(log::kClean)->retention, "the topic clean"},
                           Kept{"feed.outcome_retention", config.feed().outcome_retention(),
                                log::FindTopic(log::kOutcomes)->retention, "the topic outcomes"}}) {
    if (const absl::Duration value = base::FromProto(kept.value); value > kept.most) {
      return absl::InvalidArgumentError(
          fmt::format("{} is {}; on Kafka {} would forget before that: set at most {}d", kept.key,
                      value, kept.where, absl::ToInt64Hours(kept.most) / 24));
    }
  }
  return absl::OkStatus();
}

// What dedupe knows of an article is told as of a new one where classify-relevance has forgotten
// it. Where the one has a configuration of its own, nothing is known of the other.
absl::Status CheckMemories(const config::v1::Config& config) {
  if (!config.dedupe().has_document_memory()) return absl::OkStatus();
  const absl::Duration least = base::FromProto(config.dedupe().document_memory());
  const absl::Duration memory = base::FromProto(config.classify_relevance().article_memory());
  if (memory >= least) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format(
      "classify_relevance.article_memory is {}, less than dedupe.document_memory, {}: updates of "
      "articles that are forgotten would be published as new ones; raise it, or leave it out",
      memory, least));
}

}  // namespace

absl::StatusOr<config::v1::Config> LoadConfig(const ConfigSource& source) {
  const absl::StatusOr<std::string> yaml = base::ReadFile(source.file, kFileBytesMax);
  if (!yaml.ok()) {
    return absl::NotFoundError(
        fmt::format("the configuration: {}; `sluice config print-default > sluice.yaml` makes one",
                    yaml.status().message()));
  }
  config::v1::Config config;
  if (absl::Status status = config::ReadYaml(*yaml, source.file, ReadEnvironment, config);
      !status.ok()) {
    return status;
  }
  for (const std::string& assignment : source.assignments) {
    if (absl::Status status = config::ApplyAssignment(assignment, ReadEnvironment, config);
        !status.ok()) {
      return status;
    }
  }
  if (!source.grpc_listen.empty()) config.mutable_grpc()->set_listen(source.grpc_listen);
  if (!source.http_listen.empty()) config.mutable_http()->set_listen(source.http_listen);
  FillDefaults(config);
  if (absl::Status status = CheckListeners(config); !status.ok()) return status;
  if (absl::Status status = CheckLog(config.log()); !status.ok()) return status;
  if (absl::Status status = CheckKept(config); !status.ok()) return status;
  if (absl::Status status = CheckMemories(config); !status.ok()) return status;
  return config;
}

}  // namespace sluice::cli
