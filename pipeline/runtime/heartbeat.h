#pragma once

#include <cstddef>
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

// From how many sources heartbeats come to a shard of a stage with that Spec: zero where time is
// not told.
size_t HeartbeatSources(const log::Log& log, const log::Spec& spec);

// How far the flow has come, as one shard sees it. One thread.
class Freshness {
 public:
  // `opened` stands for each of the `sources` until it is heard: one that stands when a shard
  // begins holds the shard's time back as any other.
  Freshness(size_t sources, absl::Time opened) : sources_(sources), opened_(opened) {}

  // Takes in a heartbeat record's value; one that cannot be read is ignored.
  void Observe(std::string_view value);

  // All that was made before has been seen: the oldest of the sources' newest times. Empty: there
  // are no sources.
  std::optional<absl::Time> time() const;

 private:
  size_t sources_;
  absl::Time opened_;
  std::map<std::string, absl::Time> newest_;  // By source.
};

}  // namespace sluice::runtime
