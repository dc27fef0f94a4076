#include "pipeline/kafka/options.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "pipeline/base/strings.h"
#include "pipeline/kafka/client.h"
#include "sluice/config/v1/log.pb.h"

namespace sluice::kafka {
namespace {

constexpr uint32_t kPartitionsMax = 1024;

constexpr std::array<std::string_view, 25> kOwned = {
    "acks",
    "auto.offset.reset",
    "bootstrap.servers",
    "delivery.report.only.error",
    "delivery.timeout.ms",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "enable.partition.eof",
    "enabled_events",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "isolation.level",
    "log.queue",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "message.max.bytes",
    "message.timeout.ms",
    "metadata.broker.list",
    "partition.assignment.strategy",
    "request.required.acks",
    "transaction.timeout.ms",
    "transactional.id",
};

// By the rules that Kafka has for topics' names, less what ours add to it.
absl::Status CheckPrefix(std::string_view prefix) {
  constexpr size_t kPrefixBytesMax = 150;
  const bool legal = std::ranges::all_of(prefix, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
  });
  if (legal && prefix.size() <= kPrefixBytesMax) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("log.kafka.topic_prefix is \"{}\"; it has at most {} letters, digits, dots, _ "
                  "and -",
                  prefix, kPrefixBytesMax));
}

}  // namespace

bool OwnedProperty(std::string_view name) { return std::ranges::binary_search(kOwned, name); }

absl::Status Step(const Options& options, std::string_view step) {
  return options.on_step == nullptr ? absl::OkStatus() : options.on_step(step);
}

absl::StatusOr<Options> FromConfig(const config::v1::KafkaLog& config) {
  Options options;
  options.bootstrap_servers = config.bootstrap_servers();
  if (options.bootstrap_servers.empty()) {
    return absl::InvalidArgumentError(
        "log.kafka.bootstrap_servers is missing: give HOST:PORT of one broker or more");
  }
  if (!config.topic_prefix().empty()) options.topic_prefix = config.topic_prefix();
  if (absl::Status status = CheckPrefix(options.topic_prefix); !status.ok()) return status;
  if (config.partitions() != 0) options.partitions = config.partitions();
  if (options.partitions > kPartitionsMax) {
    return absl::InvalidArgumentError(
        fmt::format("log.kafka.partitions is {}: at most {}", options.partitions, kPartitionsMax));
  }
  if (config.replication_factor() > INT16_MAX) {
    return absl::InvalidArgumentError(
        fmt::format("log.kafka.replication_factor is {}: at most the number of brokers",
                    config.replication_factor()));
  }
  options.replication_factor = static_cast<int>(config.replication_factor());
  if (config.has_create_topics()) options.create_topics = config.create_topics();
  options.state_directory = config.state_directory();
  if (options.state_directory.empty()) {
    return absl::InvalidArgumentError(
        "log.kafka.state_directory is missing: name a directory for local copies of state");
  }
  for (const auto& [name, value] : config.properties()) {
    if (OwnedProperty(name)) {
      return absl::InvalidArgumentError(
          fmt::format("log.kafka.properties: {} is set by Sluice itself; remove it", name));
    }
    if (absl::Status status = CheckProperty(name, value); !status.ok()) return status;
    options.properties.emplace(name, value);
  }
  return options;
}

}  // namespace sluice::kafka
