#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::integration {

// A record as a stranger sees it.
struct SeenRecord {
  int32_t partition = 0;
  int64_t offset = 0;
  bool broker_time = false;  // Stamped by the broker, not by who sent it.
  std::string key;
  std::string value;
};

// Reads all committed records of a topic with plain librdkafka, and nothing of ours: by partition,
// then offset. A topic that is not there, or brokers that do not answer within a minute, end the
// program.
std::vector<SeenRecord> ReadCommitted(const std::string& bootstrap, const std::string& topic);

}  // namespace sluice::integration
