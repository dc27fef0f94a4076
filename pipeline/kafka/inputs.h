#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "pipeline/log/log.h"
#include "sluice/state/v1/kafka.pb.h"

namespace sluice::kafka {

// Where a shard stands in each partition that it reads: what was handed out, what of it was
// consumed, and what may be committed. One thread.
class Inputs {
 public:
  struct Input {
    std::string topic;  // Without the prefix.
    std::string name;   // With it.
    int32_t partition = 0;
    int64_t seen = 0;      // All before it was handed out, or is no record.
    int64_t consumed = 0;  // All before it was consumed: what the next commit says.
    int64_t committed = 0;
    uint64_t handed_out = 0;  // And not consumed.
    absl::Time appended =
        absl::UnixEpoch();  // Of the last record handed out: later ones are not older.
    absl::Time consumed_appended = absl::UnixEpoch();  // Of the last record consumed.
  };

  explicit Inputs(std::vector<Input> inputs) : inputs_(std::move(inputs)) {}

  absl::Span<const Input> all() const { return inputs_; }
  // By the topic's name on the broker. Believes that it is among them.
  size_t Find(std::string_view name, int32_t partition) const;

  // A record is handed out. Returns its time on the log's clock, which does not fall.
  absl::Time HandOut(size_t input, int64_t offset, absl::Time appended);
  // Everything before `offset` was handed out, or is no record.
  void Reached(size_t input, int64_t offset);

  // kInvalidArgument: `records` are not the oldest that were handed out and not consumed.
  absl::Status Check(absl::Span<const log::Record> records) const;
  // What may be committed once the oldest `count` handed out are consumed, by input.
  struct Next {
    int64_t offset = 0;
    absl::Time appended;  // Of the last record consumed.
  };
  std::vector<Next> After(size_t count) const;
  // They are consumed, and that is committed.
  void Committed(size_t count);

  bool anything_handed_out() const { return !handed_out_.empty(); }
  // More could be committed than is, without a record being consumed.
  bool unsettled() const;
  // When the first record that was handed out and not consumed was appended.
  std::optional<absl::Time> oldest_handed_out() const;

 private:
  struct HandedOut {
    size_t input = 0;
    int64_t offset = 0;
    absl::Time appended;
  };

  std::vector<Input> inputs_;
  std::deque<HandedOut> handed_out_;
};

// Adds to a new checkpoint where the inputs stand.
void Note(absl::Span<const Inputs::Input> inputs, state::v1::KafkaCheckpoint& checkpoint);
// Moves the inputs of a checkpoint on, in their order.
void Note(absl::Span<const Inputs::Next> next, state::v1::KafkaCheckpoint& checkpoint);

}  // namespace sluice::kafka
