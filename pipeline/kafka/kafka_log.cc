#include "pipeline/kafka/kafka_log.h"

#include <random>
#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/kafka/appender.h"
#include "pipeline/kafka/backlog_meter.h"
#include "pipeline/kafka/client.h"
#include "pipeline/kafka/group_member.h"
#include "pipeline/kafka/local_copy.h"
#include "pipeline/kafka/patience.h"
#include "pipeline/kafka/progress.h"
#include "pipeline/kafka/record_sizes.h"
#include "pipeline/kafka/replica.h"
#include "pipeline/kafka/topic_admin.h"
#include "pipeline/kafka/worker.h"
#include "pipeline/log/topics.h"

namespace sluice::kafka {

struct KafkaLog::Parts {
  Parts(Options given, const base::Clock& given_clock, std::unique_ptr<Client> given_client)
      : options(std::move(given)),
        clock(&given_clock),
        client(std::move(given_client)),
        admin(options, *client),
        meter(options, *client, given_clock, sizes, progress),
        stores(options) {}

  InputStream::Base stream() { return {.options = &options, .clock = clock, .sizes = &sizes}; }

  const Options options;
  const base::Clock* clock;        // Not owned.
  std::unique_ptr<Client> client;  // For topics and offsets.
  RecordSizes sizes;
  Progress progress;
  TopicAdmin admin;
  BacklogMeter meter;
  SharedStores stores;
};

namespace {

// Not for secrets: for marks that no other process writes.
std::string RandomName() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

}  // namespace

KafkaLog::KafkaLog(std::unique_ptr<Parts> parts)
    : parts_(std::move(parts)), instance_(RandomName()) {}

KafkaLog::~KafkaLog() = default;

absl::StatusOr<std::unique_ptr<KafkaLog>> KafkaLog::Create(Options options,
                                                           const base::Clock& clock) {
  absl::StatusOr<std::unique_ptr<Client>> client =
      Client::Create(Client::Role::kAdministrator, options, {});
  if (!client.ok()) return client.status();
  return std::unique_ptr<KafkaLog>(
      new KafkaLog(std::make_unique<Parts>(std::move(options), clock, *std::move(client))));
}

std::string KafkaLog::NewOwner() { return fmt::format("{}.{}", instance_, ++workers_); }

absl::Status KafkaLog::CheckSpec(const log::Spec& spec) {
  for (const std::vector<std::string>& topics : {spec.inputs, spec.outputs}) {
    for (const std::string& topic : topics) {
      if (log::FindTopic(topic) == nullptr) {
        return absl::InvalidArgumentError(fmt::format("there is no topic {}", topic));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status KafkaLog::EnsureTopicsOnce(std::string_view who, const log::Spec* changelogs_of) {
  const Options& options = parts_->options;
  std::vector<TopicSettings> wanted = WantedTopics(options, {});
  if (changelogs_of != nullptr) {
    for (TopicSettings& topic : WantedChangelogs(options, *changelogs_of)) {
      wanted.push_back(std::move(topic));
    }
  }
  std::erase_if(wanted, [this](const TopicSettings& topic) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return checked_.contains(topic.name);
  });
  if (wanted.empty()) return absl::OkStatus();
  absl::StatusOr<TopicPlan> plan = parts_->admin.Plan(wanted);
  if (!plan.ok()) return plan.status();
  // What exists is another's to alter; and nothing is made beside topics that show a mistake.
  TopicPlan missing;
  TopicPlan rest;
  for (const TopicChange& change : plan->changes) {
    const bool make = change.kind == TopicChange::Kind::kCreate && options.create_topics;
    (make ? missing : rest).changes.push_back(change);
  }
  if (absl::Status status = rest.Check(); !status.ok()) return status;
  if (!missing.empty()) {
    if (absl::Status status = parts_->admin.Apply(missing); !status.ok()) return status;
    // Another process may have been quicker, and of another mind.
    plan = parts_->admin.Plan(wanted);
    if (!plan.ok()) return plan.status();
    if (absl::Status status = plan->Check(); !status.ok()) return status;
  }
  for (const TopicSettings& topic : wanted) checked_.insert(topic.name);
  if (options.on_waiting == nullptr) return absl::OkStatus();
  for (const std::string& warning : plan->Warnings()) options.on_waiting(who, warning);
  return absl::OkStatus();
}

absl::Status KafkaLog::EnsureTopics(std::string_view who, const log::Spec* changelogs_of,
                                    const std::stop_token& stop) {
  Patience patience = Patience::ToOpen(parts_->options, std::string(who), stop);
  for (;;) {
    absl::Status status;
    {
      const absl::MutexLock lock(&mutex_);
      // Others may have waited for the brokers in turn, and a stop waits for all of them.
      if (stop.stop_requested()) {
        return absl::CancelledError(fmt::format("{} was stopped before it was opened", who));
      }
      status = EnsureTopicsOnce(who, changelogs_of);
    }
    if (status.code() != absl::StatusCode::kUnavailable) return status;
    if (status = patience.Wait(base::ToStd(status.message())); !status.ok()) return status;
  }
}

absl::StatusOr<std::unique_ptr<log::Worker>> KafkaLog::OpenWorker(const log::Spec& spec,
                                                                  log::Partition partition,
                                                                  log::Load load,
                                                                  std::stop_token stop) {
  if (absl::Status status = CheckSpec(spec); !status.ok()) return status;
  if (partition >= Shards(spec)) {
    return absl::InvalidArgumentError(
        fmt::format("{} has {} shards: {} does not exist", spec.stage, Shards(spec), partition));
  }
  absl::Status status = EnsureTopics(fmt::format("{}.{}", spec.stage, partition), &spec, stop);
  if (!status.ok()) return status;
  return Worker::Open({.stream = parts_->stream(),
                       .stores = &parts_->stores,
                       .progress = &parts_->progress,
                       .owner = NewOwner()},
                      spec, partition, load, stop);
}

absl::StatusOr<std::unique_ptr<log::Membership>> KafkaLog::Join(const log::Spec& spec,
                                                                log::SharesChanged changed) {
  if (absl::Status status = CheckSpec(spec); !status.ok()) return status;
  return GroupMember::Join(
      parts_->options, spec,
      [this, spec](const std::stop_token& stop) { return EnsureTopics(spec.stage, &spec, stop); },
      std::move(changed));
}

absl::StatusOr<std::unique_ptr<log::Worker>> KafkaLog::OpenReplica(const log::Spec& spec,
                                                                   log::Load load,
                                                                   std::stop_token stop) {
  if (absl::Status status = CheckSpec(spec); !status.ok()) return status;
  absl::Status status = EnsureTopics(fmt::format("{}.replica", spec.stage), nullptr, stop);
  if (!status.ok()) return status;
  return Replica::Open({.stream = parts_->stream(), .stores = &parts_->stores}, spec, load,
                       std::move(stop));
}

absl::StatusOr<std::unique_ptr<log::Appender>> KafkaLog::OpenAppender() {
  if (absl::Status status = EnsureTopics("appender", nullptr, {}); !status.ok()) return status;
  return Appender::Create(parts_->options, parts_->sizes);
}

absl::StatusOr<std::vector<log::Backlog>> KafkaLog::Backlogs(const log::Spec& spec) {
  if (absl::Status status = CheckSpec(spec); !status.ok()) return status;
  return parts_->meter.Measure(spec);
}

log::Partition KafkaLog::Partitions(std::string_view topic) const {
  return TopicPartitions(parts_->options, topic);
}

absl::StatusOr<TopicPlan> KafkaLog::PlanTopics(absl::Span<const log::Spec> specs) const {
  return parts_->admin.Plan(WantedTopics(parts_->options, specs));
}

absl::Status KafkaLog::ApplyTopics(const TopicPlan& plan) const {
  if (absl::Status status = parts_->admin.Apply(plan); !status.ok()) return status;
  TopicPlan left;
  for (const TopicChange& change : plan.changes) {
    if (change.kind == TopicChange::Kind::kRefuse) left.changes.push_back(change);
  }
  return left.Check();
}

}  // namespace sluice::kafka
