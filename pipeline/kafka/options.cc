#include "pipeline/kafka/options.h"

#include <algorithm>
#include <array>
#include <utility>

#include "pipeline/base/strings.h"
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
    options.properties.emplace(name, value);
  }
  return options;
}

}  // namespace sluice::kafka
