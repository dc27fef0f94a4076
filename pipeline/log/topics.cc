#include "pipeline/log/topics.h"

#include <algorithm>

#include "pipeline/base/hash.h"

namespace sluice::log {
namespace {

constexpr absl::Duration Days(int64_t days) { return absl::Hours(24 * days); }

const Topic kTopics[] = {
    {.name = kCrawlTargets, .keyed = true, .retention = Days(3), .compressed = true},
    {.name = kRawPages,
     .keyed = true,
     .retention = Days(3),
     .compressed = false,
     .heartbeats = Heartbeats::kOwnShard},
    {.name = kDocuments,
     .keyed = false,
     .retention = Days(7),
     .compressed = true,
     .heartbeats = Heartbeats::kAllShards},
    {.name = kDeduped,
     .keyed = true,
     .retention = Days(7),
     .compressed = true,
     .heartbeats = Heartbeats::kAllShards},
    {.name = kClean,
     .keyed = false,
     .retention = Days(30),
     .compressed = true,
     .archive = true,
     .heartbeats = Heartbeats::kAllShards},
    {.name = kOutcomes, .keyed = false, .retention = Days(14), .compressed = true, .archive = true},
    {.name = kDeadLetters, .keyed = false, .retention = Days(30), .compressed = true},
    {.name = kSources, .keyed = false, .retention = Days(14), .compressed = true},
};

}  // namespace

absl::Span<const Topic> Topics() { return kTopics; }

const Topic* FindTopic(std::string_view name) {
  const auto* found = std::ranges::find(kTopics, name, &Topic::name);
  return found == std::end(kTopics) ? nullptr : found;
}

uint32_t PartitionOf(std::string_view key, uint32_t partitions) {
  return static_cast<uint32_t>(base::HashBytes64(key) % partitions);
}

}  // namespace sluice::log
