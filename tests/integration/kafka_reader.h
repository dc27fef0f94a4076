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
// then offset. Waits for transactions that are not over. What takes more than a minute, such as a
// topic that is not there, ends the program.
std::vector<SeenRecord> ReadCommitted(const std::string& bootstrap, const std::string& topic);

}  // namespace sluice::integration
