#include "pipeline/kafka/topic_plan.h"

#include <algorithm>
#include <optional>

#include "absl/strings/numbers.h"
#include "pipeline/base/strings.h"
#include "pipeline/kafka/limits.h"
#include "pipeline/log/shards.h"
#include "pipeline/log/topics.h"

namespace sluice::kafka {
namespace {

constexpr std::string_view kCleanup = "cleanup.policy";
constexpr std::string_view kTimestamps = "message.timestamp.type";
constexpr std::string_view kBytesMax = "max.message.bytes";
constexpr std::string_view kRetention = "retention.ms";  // Also at the end of delete.retention.ms.
constexpr std::string_view kRetentionBytes = "retention.bytes";

// Logs of tables are compacted segment by segment, and never the one that is written to.
constexpr size_t kChangelogSegmentBytes = 64 << 20;

std::map<std::string, std::string> Configs(const Options& options) {
  std::map<std::string, std::string> configs = {
      {std::string(kTimestamps), "LogAppendTime"},
      {std::string(kBytesMax), std::to_string(kBatchBytesMax)},
      {"compression.type", "producer"},
      {std::string(kRetentionBytes), "-1"},
  };
  // One broker of three may be away.
  if (options.replication_factor >= 3) configs.emplace("min.insync.replicas", "2");
  return configs;
}

std::string Milliseconds(absl::Duration duration) {
  return std::to_string(absl::ToInt64Milliseconds(duration));
}

// Larger limits do no harm, nor does keeping for longer.
bool IsMinimum(std::string_view name) {
  return name == kBytesMax || name == "min.insync.replicas" || name.ends_with(kRetention);
}

bool Satisfies(std::string_view name, std::string_view found, std::string_view wanted) {
  if (found == wanted) return true;
  int64_t found_number = 0;
  int64_t wanted_number = 0;
  if (!absl::SimpleAtoi(base::ToAbsl(found), &found_number) ||
      !absl::SimpleAtoi(base::ToAbsl(wanted), &wanted_number)) {
    return false;
  }
  if (name.ends_with(kRetention) && found_number < 0) return true;  // For ever.
  return IsMinimum(name) ? found_number >= wanted_number : name == "segment.bytes";
}

// Whether a topic that does not satisfy this setting cannot be used.
bool IsVital(const TopicSettings& wanted, std::string_view name) {
  if (name == kCleanup || name == kTimestamps || name == kBytesMax) return true;
  if (!wanted.changelog) return false;
  // By size only what is deleted goes, not what is compacted.
  return name.ends_with(kRetention) ||
         (name == kRetentionBytes && wanted.configs.at(std::string(kCleanup)) == "delete");
}

std::optional<TopicChange> Compare(const TopicSettings& wanted, const TopicSettings* found) {
  if (found == nullptr) {
    return TopicChange{.kind = TopicChange::Kind::kCreate,
                       .vital = true,
                       .wanted = wanted,
                       .reasons = {fmt::format("is missing: {} partitions", wanted.partitions)}};
  }
  TopicChange change;
  change.kind = TopicChange::Kind::kAlter;
  change.wanted = wanted;
  if (found->partitions != wanted.partitions) {
    change.kind = TopicChange::Kind::kRefuse;
    change.vital = true;
    change.reasons.push_back(
        fmt::format("has {} partitions instead of {}: set log.kafka.partitions back, or use "
                    "another topic_prefix (keys "
                    "do not move between partitions)",
                    found->partitions, wanted.partitions));
  }
  for (const auto& [name, value] : wanted.configs) {
    const auto other = found->configs.find(name);
    if (other == found->configs.end() || Satisfies(name, other->second, value)) continue;
    change.vital = change.vital || IsVital(wanted, name);
    change.differing[name] = value;
    change.reasons.push_back(fmt::format("has {}={} instead of {}{}", name, other->second, value,
                                         IsMinimum(name) ? " or more" : ""));
  }
  if (change.reasons.empty()) return std::nullopt;
  return change;
}

std::string_view KindName(TopicChange::Kind kind) {
  switch (kind) {
    case TopicChange::Kind::kCreate:
      return "create";
    case TopicChange::Kind::kAlter:
      return "alter";
    case TopicChange::Kind::kRefuse:
      return "refuse";
  }
  return "";
}

}  // namespace

std::string TopicPlan::Describe() const {
  std::string text;
  for (const TopicChange& change : changes) {
    for (const std::string& reason : change.reasons) {
      text += fmt::format("{} {}: {}\n", KindName(change.kind), change.wanted.name, reason);
    }
  }
  return text;
}

absl::Status TopicPlan::Check() const {
  std::string text;
  for (const TopicChange& change : changes) {
    if (!change.vital) continue;
    for (const std::string& reason : change.reasons) {
      text += fmt::format("{}topic {} {}", text.empty() ? "" : "; ", change.wanted.name, reason);
    }
  }
  if (text.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(text +
                                       ". `sluice topics plan` shows what would be changed, "
                                       "`sluice topics apply` makes and alters topics");
}

std::vector<std::string> TopicPlan::Warnings() const {
  std::vector<std::string> warnings;
  for (const TopicChange& change : changes) {
    if (change.vital) continue;
    warnings.push_back(
        fmt::format("topic {} {}. It is used as it is; `sluice topics apply` alters it",
                    change.wanted.name, fmt::join(change.reasons, ", ")));
  }
  return warnings;
}

std::string ChangelogTopic(const Options& options, std::string_view stage, std::string_view table) {
  return fmt::format("{}{}-state.{}", options.topic_prefix, stage, table);
}

log::Partition TopicPartitions(const Options& options, std::string_view topic) {
  const log::Topic* found = log::FindTopic(topic);
  if (found == nullptr) return 0;
  return found->keyed ? options.partitions : 1;
}

log::Partition Shards(const Options& options, const log::Spec& spec) {
  return log::ShardsOf(
      spec, [&options](std::string_view topic) { return TopicPartitions(options, topic); });
}

std::vector<TopicSettings> WantedChangelogs(const Options& options, const log::Spec& spec) {
  std::vector<TopicSettings> wanted;
  for (const log::Table& table : spec.tables) {
    TopicSettings topic{.name = ChangelogTopic(options, spec.stage, table.name),
                        .partitions = static_cast<int>(Shards(options, spec)),
                        .configs = Configs(options),
                        .changelog = true};
    if (table.kind == log::Table::Kind::kKeyed) {
      topic.configs[std::string(kCleanup)] = "compact";
      topic.configs["delete.retention.ms"] = Milliseconds(kTombstonesKept);
    } else {
      topic.configs[std::string(kCleanup)] = "delete";
      topic.configs["retention.ms"] = Milliseconds(table.kept_max);
    }
    topic.configs["segment.bytes"] = std::to_string(kChangelogSegmentBytes);
    wanted.push_back(std::move(topic));
  }
  return wanted;
}

std::vector<TopicSettings> WantedTopics(const Options& options, absl::Span<const log::Spec> specs) {
  std::vector<TopicSettings> wanted;
  for (const log::Topic& topic : log::Topics()) {
    TopicSettings settings{
        .name = options.topic_prefix + std::string(topic.name),
        .partitions = static_cast<int>(TopicPartitions(options, topic.name)),
        .configs = Configs(options),
    };
    settings.configs[std::string(kCleanup)] = "delete";
    settings.configs["retention.ms"] = Milliseconds(topic.retention);
    wanted.push_back(std::move(settings));
  }
  for (const log::Spec& spec : specs) {
    for (TopicSettings& changelog : WantedChangelogs(options, spec)) {
      wanted.push_back(std::move(changelog));
    }
  }
  std::ranges::sort(wanted, {}, &TopicSettings::name);
  return wanted;
}

TopicPlan PlanTopics(absl::Span<const TopicSettings> wanted,
                     absl::Span<const TopicSettings> found) {
  TopicPlan plan;
  for (const TopicSettings& topic : wanted) {
    const auto existing = std::ranges::find(found, topic.name, &TopicSettings::name);
    std::optional<TopicChange> change =
        Compare(topic, existing == found.end() ? nullptr : &*existing);
    if (change.has_value()) plan.changes.push_back(*std::move(change));
  }
  return plan;
}

}  // namespace sluice::kafka
