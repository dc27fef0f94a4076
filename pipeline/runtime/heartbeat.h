#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "pipeline/log/log.h"

namespace sluice::runtime {

// The key of records that are heartbeats and nothing else. No URL, domain or id looks like it.
inline constexpr std::string_view kHeartbeatKey = "~heartbeat";

inline bool IsHeartbeat(const log::Record& record) { return record.key == kHeartbeatKey; }

// An encoded data.v1.Heartbeat.
std::string EncodeHeartbeat(std::string_view source, absl::Time time);

// How far the flow has come, as one shard sees it. One thread.
class Freshness {
 public:
  // Takes in a heartbeat record's value; one that cannot be read is ignored.
  void Observe(std::string_view value);

  // All that was made before has been seen: the oldest of the sources' newest times. Empty: no
  // heartbeat was seen.
  std::optional<absl::Time> time() const;

 private:
  std::map<std::string, absl::Time> newest_;  // By source.
};

}  // namespace sluice::runtime
