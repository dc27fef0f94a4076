#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "absl/types/span.h"

namespace sluice::log {

// Whose heartbeats a partition carries. A source of heartbeats is a shard that reads crawl-targets.
enum class Heartbeats : uint8_t {
  kNone,
  kOwnShard,   // Of the source with the partition's number.
  kAllShards,  // Pages have come together before: of every source.
};

// The one table of topics, for both logs.
struct Topic {
  std::string_view name;     // Without the log's prefix.
  bool keyed = false;        // One partition a shard; otherwise one partition.
  absl::Duration retention;  // Least time that a record is kept, whoever has read it.
  bool compressed = false;   // Values are text; otherwise they are compressed already.
  // People ask for it long after it was read: the age that an operator sets for the others does not
  // touch it. The bytes that a topic may have bound it as any other.
  bool archive = false;
  Heartbeats heartbeats = Heartbeats::kNone;
};

inline constexpr std::string_view kCrawlTargets = "crawl-targets";
inline constexpr std::string_view kRawPages = "raw-pages";
inline constexpr std::string_view kDocuments = "documents";
inline constexpr std::string_view kDeduped = "deduped";
inline constexpr std::string_view kClean = "clean";
inline constexpr std::string_view kOutcomes = "outcomes";
inline constexpr std::string_view kDeadLetters = "dead-letters";
inline constexpr std::string_view kSources = "sources";
// There was a `control`, to which nothing was ever written. Logs may still have it.

absl::Span<const Topic> Topics();
// nullptr: there is no such topic.
const Topic* FindTopic(std::string_view name);

// The partition of a key among `partitions`; the same on every log and machine.
uint32_t PartitionOf(std::string_view key, uint32_t partitions);

}  // namespace sluice::log
