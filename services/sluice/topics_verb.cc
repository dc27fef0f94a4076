#include <iostream>
#include <memory>

#include "pipeline/base/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/kafka/kafka_log.h"
#include "services/sluice/config_file.h"
#include "services/sluice/target.h"
#include "services/sluice/verbs.h"

namespace sluice::cli {
namespace {

absl::StatusOr<kafka::TopicPlan> Plan(const std::string& file, bool apply) {
  absl::StatusOr<config::v1::Config> config = LoadConfig({.file = file});
  if (!config.ok()) return config.status();
  if (!config->log().has_kafka()) {
    return absl::FailedPreconditionError(
        fmt::format("{} has no log.kafka: the embedded log makes its own topics", file));
  }
  absl::StatusOr<kafka::Options> options = kafka::FromConfig(config->log().kafka());
  if (!options.ok()) return options.status();
  const base::SystemClock clock;
  absl::StatusOr<std::unique_ptr<kafka::KafkaLog>> log =
      kafka::KafkaLog::Create(*std::move(options), clock);
  if (!log.ok()) return log.status();
  std::vector<log::Spec> specs;
  for (const TargetKind& kind : TargetKinds()) {
    for (log::Spec& spec : kind.specs()) specs.push_back(std::move(spec));
  }
  absl::StatusOr<kafka::TopicPlan> plan = (*log)->PlanTopics(specs);
  if (!plan.ok() || !apply) return plan;
  if (absl::Status status = (*log)->ApplyTopics(*plan); !status.ok()) return status;
  return plan;
}

int Run(const std::string& file, bool apply) {
  const absl::StatusOr<kafka::TopicPlan> plan = Plan(file, apply);
  if (!plan.ok()) {
    std::cerr << "sluice: " << base::ToStd(plan.status().message()) << '\n';
    return 1;
  }
  std::cout << (plan->empty() ? "all topics are as they should be\n" : plan->Describe());
  return 0;
}

}  // namespace

void AddTopicsVerb(CLI::App& app, int& exit_status) {
  CLI::App* verb = app.add_subcommand(
      "topics", "Says what is to be done to the topics of a Kafka cluster, or does it.");
  verb->require_subcommand(1);
  auto file = std::make_shared<std::string>();
  CLI::App* plan = verb->add_subcommand("plan", "Prints what differs from what the stages need.");
  CLI::App* apply =
      verb->add_subcommand("apply", "Makes what is missing and mends what can be mended.");
  for (CLI::App* part : {plan, apply}) {
    part->add_option("--config", *file, "The configuration of the stages.")
        ->required()
        ->type_name("FILE");
  }
  plan->callback([file, &exit_status] { exit_status = Run(*file, false); });
  apply->callback([file, &exit_status] { exit_status = Run(*file, true); });
}

}  // namespace sluice::cli
