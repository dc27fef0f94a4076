#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"

namespace sluice::integration {

// What an operator, or time, does to a cluster behind the back of those who use it: with plain
// librdkafka, and nothing of ours.

// Removes the records of a partition below `offset`, as retention would.
absl::Status DeleteRecordsBefore(const std::string& bootstrap, const std::string& topic,
                                 uint32_t partition, uint64_t offset);

absl::Status CreateTopic(const std::string& bootstrap, const std::string& topic, int partitions,
                         const std::map<std::string, std::string>& configs);

// The configuration of a topic, defaults included.
std::map<std::string, std::string> TopicConfigs(const std::string& bootstrap,
                                                const std::string& topic);

// Forgets what a group has committed, as time does.
absl::Status DeleteGroup(const std::string& bootstrap, const std::string& group);

// Puts a group's position in a partition, as `kafka-consumer-groups.sh --reset-offsets` does.
absl::Status MoveGroup(const std::string& bootstrap, const std::string& group,
                       const std::string& topic, int32_t partition, int64_t offset);

}  // namespace sluice::integration
