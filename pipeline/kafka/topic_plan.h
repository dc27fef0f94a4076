#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "pipeline/kafka/options.h"
#include "pipeline/log/log.h"

namespace sluice::kafka {

// A topic as it should be, or as a broker describes it.
struct TopicSettings {
  std::string name;  // With the prefix.
  int partitions = 0;
  std::map<std::string, std::string> configs;  // By Kafka's names.
  bool changelog = false;                      // Rows of it that go early are lost state.
};

// What a topic lacks of what it should be.
struct TopicChange {
  enum class Kind {
    kCreate,  // It is missing.
    kAlter,   // Its configuration differs.
    kRefuse,  // Its partitions differ: keys do not move, so no program may mend that.
  };
  Kind kind = Kind::kCreate;
  bool vital =
      false;  // It cannot be used as it is; else it keeps records shorter, say, than it should.
  TopicSettings wanted;
  std::map<std::string, std::string> differing =
      {};                                 // Configs of `wanted` that an existing topic lacks.
  std::vector<std::string> reasons = {};  // One a difference: what is, and what should be.
};

struct TopicPlan {
  std::vector<TopicChange> changes;  // By name.

  bool empty() const { return changes.empty(); }
  // For people: a line a difference.
  std::string Describe() const;
  // kFailedPrecondition: a change is vital; the message names what differs and the way on.
  absl::Status Check() const;
  // For people: of each topic that can be used as it is, what differs, and the way on.
  std::vector<std::string> Warnings() const;
};

// The changelog of a stage's table, with the prefix.
std::string ChangelogTopic(const Options& options, std::string_view stage, std::string_view table);

// Shards of a stage: as many as its widest input has partitions.
log::Partition Shards(const Options& options, const log::Spec& spec);

// Partitions of a topic of pipeline/log/topics.h; 0: there is no such topic.
log::Partition TopicPartitions(const Options& options, std::string_view topic);

// Those of pipeline/log/topics.h, and the changelogs of `specs`; by name.
std::vector<TopicSettings> WantedTopics(const Options& options, absl::Span<const log::Spec> specs);
std::vector<TopicSettings> WantedChangelogs(const Options& options, const log::Spec& spec);

// `found` has those that exist, in any order. Configs that a broker does not tell are not compared.
TopicPlan PlanTopics(absl::Span<const TopicSettings> wanted, absl::Span<const TopicSettings> found);

}  // namespace sluice::kafka
