#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "pipeline/base/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/kafka/kafka_log.h"
#include "services/sluice/config_file.h"
#include "services/sluice/target.h"
#include "services/sluice/verbs.h"

namespace sluice::cli {
namespace {

absl::StatusOr<kafka::Options> ReadOptions(const std::string& file) {
  absl::StatusOr<config::v1::Config> config = LoadConfig({.file = file});
  if (!config.ok()) return config.status();
  if (!config->log().has_kafka()) {
    return absl::FailedPreconditionError(
        fmt::format("{} has no log.kafka: the embedded log makes its own topics", file));
  }
  return kafka::FromConfig(config->log().kafka());
}

absl::StatusOr<kafka::TopicPlan> Plan(const std::string& file, bool apply) {
  absl::StatusOr<kafka::Options> options = ReadOptions(file);
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

// One word of a shell's, whatever is in it.
std::string Quoted(std::string_view text) {
  return fmt::format("'{}'", absl::StrReplaceAll(base::ToAbsl(text), {{"'", R"('\'')"}}));
}

// The rights of a process on the brokers, as commands of Kafka's own tool: on all that begins with
// the prefix, whatever tables are added.
int PrintAcls(const std::string& file, const std::string& principal) {
  const absl::StatusOr<kafka::Options> options = ReadOptions(file);
  if (!options.ok()) {
    std::cerr << "sluice: " << base::ToStd(options.status().message()) << '\n';
    return 1;
  }
  const std::string topic_rights = "Describe,Read,Write,DescribeConfigs";
  for (const auto& [resource, rights] :
       {std::pair{"topic", topic_rights + (options->create_topics ? ",Create" : "")},
        {"group", "Describe,Read"},
        {"transactional-id", "Describe,Write"}}) {
    std::string line = fmt::format(
        "kafka-acls.sh --bootstrap-server {} --add --allow-principal {} "
        "--resource-pattern-type prefixed --{} {}",
        Quoted(options->bootstrap_servers), Quoted(principal), resource,
        Quoted(options->topic_prefix));
    for (const absl::string_view right : absl::StrSplit(rights, ',')) {
      line += fmt::format(" --operation {}", right);
    }
    std::cout << line << '\n';
  }
  return 0;
}

}  // namespace

void AddTopicsVerb(CLI::App& app, int& exit_status) {
  CLI::App* verb =
      app.add_subcommand("topics", "Says what the topics of a Kafka cluster need, or does it.");
  verb->require_subcommand(1);
  auto file = std::make_shared<std::string>();
  CLI::App* plan = verb->add_subcommand("plan", "Prints what differs from what the stages need.");
  CLI::App* apply =
      verb->add_subcommand("apply", "Makes what is missing and mends what can be mended.");
  CLI::App* acls = verb->add_subcommand(
      "acls", "Prints the commands that give a user the rights that the stages need.");
  auto principal = std::make_shared<std::string>("User:sluice");
  acls->add_option("--principal", *principal, "Who the stages log in as.")->capture_default_str();
  for (CLI::App* part : {plan, apply, acls}) {
    part->add_option("--config", *file, "The configuration of the stages.")
        ->required()
        ->type_name("FILE");
  }
  plan->callback([file, &exit_status] { exit_status = Run(*file, false); });
  apply->callback([file, &exit_status] { exit_status = Run(*file, true); });
  acls->callback([file, principal, &exit_status] { exit_status = PrintAcls(*file, *principal); });
}

}  // namespace sluice::cli
