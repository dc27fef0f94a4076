#include "services/sluice/open_log.h"

#include <syslog.h>

#include "pipeline/base/periodic.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/embedded/embedded_log.h"
#include "pipeline/kafka/kafka_log.h"

namespace sluice::cli {
namespace {

absl::StatusOr<std::unique_ptr<log::Log>> OpenKafka(const config::v1::KafkaLog& config,
                                                    const base::Clock& clock,
                                                    telemetry::EventLog& events) {
  absl::StatusOr<kafka::Options> options = kafka::FromConfig(config);
  if (!options.ok()) return options.status();
  options->on_waiting = [&events](std::string_view who, std::string_view why) {
    events.Warning("kafka.waiting", {{"who", std::string(who)}, {"why", std::string(why)}});
  };
  options->on_log = [&events](int level, std::string_view line) {
    if (level <= LOG_ERR) {
      events.Error("kafka.client", {{"line", std::string(line)}});
    } else if (level <= LOG_WARNING) {
      events.Warning("kafka.client", {{"line", std::string(line)}});
    }
  };
  return kafka::KafkaLog::Create(*std::move(options), clock);
}

// The embedded log with the threads that bring it to the disk and take old records out.
class MaintainedLog final : public log::Log {
 public:
  MaintainedLog(std::unique_ptr<embedded::EmbeddedLog> log, const base::Clock& clock,
                telemetry::EventLog& events)
      : log_(std::move(log)),
        clock_(&clock),
        events_(&events),
        sync_(clock, [this] { return Next("log.sync_failed", log_->Sync()); }),
        trim_(clock, [this] { return Next("log.trim_failed", log_->Trim()); }) {}

  absl::StatusOr<std::unique_ptr<log::Worker>> OpenWorker(const log::Spec& spec,
                                                          log::Partition partition, log::Load load,
                                                          std::stop_token stop) override {
    return log_->OpenWorker(spec, partition, load, std::move(stop));
  }
  absl::StatusOr<std::unique_ptr<log::Worker>> OpenReplica(const log::Spec& spec, log::Load load,
                                                           std::stop_token stop) override {
    return log_->OpenReplica(spec, load, std::move(stop));
  }
  absl::StatusOr<std::unique_ptr<log::Appender>> OpenAppender() override {
    return log_->OpenAppender();
  }
  absl::StatusOr<std::vector<log::Backlog>> Backlogs(const log::Spec& spec) override {
    return log_->Backlogs(spec);
  }
  log::Partition Partitions(std::string_view topic) const override {
    return log_->Partitions(topic);
  }

 private:
  absl::Time Next(std::string_view failed, const absl::StatusOr<absl::Time>& said) {
    if (!said.ok()) events_->Error(failed, {{"status", said.status().ToString()}});
    return NextUpkeep(said, log_->health(), clock_->Now());
  }

  const std::unique_ptr<embedded::EmbeddedLog> log_;
  const base::Clock* clock_;     // Not owned.
  telemetry::EventLog* events_;  // Not owned.
  const base::Periodic sync_;
  const base::Periodic trim_;
};

absl::StatusOr<std::unique_ptr<log::Log>> OpenEmbedded(const config::v1::EmbeddedLog& config,
                                                       const base::Clock& clock,
                                                       telemetry::EventLog& events) {
  embedded::EmbeddedLog::Options options;
  options.directory = config.directory();
  if (config.has_sync_interval()) options.sync_interval = base::FromProto(config.sync_interval());
  if (config.has_retention()) options.retention.age_max = base::FromProto(config.retention());
  if (config.retention_bytes() > 0) options.retention.topic_bytes_max = config.retention_bytes();
  absl::StatusOr<std::unique_ptr<embedded::EmbeddedLog>> log =
      embedded::EmbeddedLog::Open(options, clock);
  if (!log.ok()) return log.status();
  return std::make_unique<MaintainedLog>(*std::move(log), clock, events);
}

}  // namespace

absl::StatusOr<std::unique_ptr<log::Log>> OpenLog(const config::v1::Log& config,
                                                  const base::Clock& clock,
                                                  telemetry::EventLog& events) {
  return config.has_kafka() ? OpenKafka(config.kafka(), clock, events)
                            : OpenEmbedded(config.embedded(), clock, events);
}

absl::Time NextUpkeep(const absl::StatusOr<absl::Time>& said, const absl::Status& health,
                      absl::Time now) {
  constexpr absl::Duration kRetryInterval = absl::Minutes(1);
  if (said.ok()) return *said;
  return health.ok() ? now + kRetryInterval : absl::InfiniteFuture();
}

std::string LogDirectory(const config::v1::Log& config) {
  return config.has_kafka() ? config.kafka().state_directory() : config.embedded().directory();
}

}  // namespace sluice::cli
