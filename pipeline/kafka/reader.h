#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "pipeline/kafka/client.h"
#include "pipeline/kafka/commit_mark.h"
#include "pipeline/kafka/failure.h"
#include "pipeline/kafka/handles.h"
#include "pipeline/kafka/patience.h"

namespace sluice::kafka {

// A partition of a topic (with the prefix), and a place in it.
struct Place {
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
};

// For librdkafka, in their order; with their offsets, or all with `offset`.
PartitionsHandle PartitionList(absl::Span<const Place> places,
                               std::optional<int64_t> offset = std::nullopt);

// Reads the committed records of partitions that it is told, each in order: no group ever moves
// them. One thread, but for Wake and CachedEnd.
class Reader {
 public:
  // `group` is where committed offsets are looked up.  Errors: Client::Create's.
  static absl::StatusOr<std::unique_ptr<Reader>> Create(const Options& options,
                                                        const std::string& group);

  // Goes to these places, leaving all others.
  absl::Status Assign(absl::Span<const Place> places);

  struct Event {
    enum class Kind {
      kNothing,  // Time ran out, or Wake.
      kRecord,   // `message`.
      kEnd,      // All that is committed before `message->offset` was read: control records too.
      kOutside,  // The position is not in the log (any more): removed by retention, or the topic is
                 // another.
      kTrouble,  // `failure`, which may pass: reading goes on by itself.
    };
    Kind kind = Kind::kNothing;
    MessageHandle message = {};
    Failure failure = {};
  };
  Event Poll(absl::Duration wait);

  // Ends a Poll that waits, or the next one.
  void Wake();

  // The oldest offset that is kept, and the end of what is committed. Asks a broker.
  absl::StatusOr<std::pair<int64_t, int64_t>> Bounds(const std::string& topic, int32_t partition,
                                                     Patience& patience) const;

  // The end as of the last records that came. Empty: none came yet.
  std::optional<int64_t> CachedEnd(const std::string& topic, int32_t partition) const;

  struct Committed {
    int64_t offset = 0;
    std::optional<CommitMark> mark;
  };
  // What the group has committed for each place. Waits for transactions that are not over.
  absl::StatusOr<std::vector<std::optional<Committed>>> LookUpCommitted(
      absl::Span<const Place> places, Patience& patience) const;

  // Names the cluster for as long as it lives.
  absl::StatusOr<std::string> ClusterId(Patience& patience) const;

 private:
  Reader(std::unique_ptr<Client> client, QueueHandle queue);

  std::string WithComplaint(const Failure& failure) const;

  std::unique_ptr<Client> client_;
  QueueHandle queue_;  // The consumer's, for Wake.
};

}  // namespace sluice::kafka
