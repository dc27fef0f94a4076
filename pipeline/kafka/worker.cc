#include "pipeline/kafka/worker.h"

#include <algorithm>
#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/kafka/topic_plan.h"
#include "pipeline/log/topics.h"

namespace sluice::kafka {

Worker::Worker(const Base& base, const log::Spec& spec, log::Partition partition,
               std::stop_token stop, LocalCopy copy)
    : base_(base),
      spec_(spec),
      partition_(partition),
      who_(fmt::format("{}.{}", spec.stage, partition)),
      group_(base.stream.options->topic_prefix + spec.stage),
      stop_(std::move(stop)),
      changelog_(*base.stream.options, spec, partition),
      copy_(std::move(copy)) {}

Worker::~Worker() {
  if (stream_ != nullptr) base_.progress->Forget(group_, Places(stream_->inputs().After(0)));
}

absl::StatusOr<std::vector<log::Record>> Worker::Poll(const log::Limits& limits,
                                                      absl::Time deadline) {
  return stream_->Poll(limits, deadline,
                       [this] { return CommitAll(log::Transaction(nullptr), 0); });
}

absl::Status Worker::Check(const log::Transaction& transaction,
                           absl::Span<const log::Record> consumed) const {
  for (const log::Transaction::Append& append : transaction.appends()) {
    if (std::ranges::find(spec_.outputs, append.topic) == spec_.outputs.end()) {
      return absl::InvalidArgumentError(
          fmt::format("{} is not an output of {}", append.topic, spec_.stage));
    }
    const log::Partition partitions = TopicPartitions(*base_.stream.options, append.topic);
    if (append.partition.value_or(0) >= partitions) {
      return absl::InvalidArgumentError(fmt::format("topic {} has {} partitions: {} does not exist",
                                                    append.topic, partitions, *append.partition));
    }
  }
  for (const log::Transaction::Row& row : transaction.rows()) {
    const size_t bytes = row.key.size() + (row.value.has_value() ? row.value->size() : 0);
    if (bytes > log::Transaction::kRecordBytesMax) {
      return absl::InvalidArgumentError(
          fmt::format("a row of {} bytes in table {} of {} is over the limit of {} bytes", bytes,
                      row.table, spec_.stage, log::Transaction::kRecordBytesMax));
    }
  }
  return stream_->inputs().Check(consumed);
}

absl::Status Worker::Commit(log::Transaction transaction, absl::Span<const log::Record> consumed) {
  if (!stream_->over().ok()) return stream_->over();
  if (absl::Status status = Check(transaction, consumed); !status.ok()) return status;
  if (transaction.empty() && consumed.empty()) return absl::OkStatus();
  return stream_->Conclude(CommitAll(transaction, consumed.size()));
}

std::vector<OutputRecord> Worker::Encode(const log::Transaction& transaction) {
  std::vector<OutputRecord> records;
  records.reserve(transaction.appends().size() + transaction.rows().size() +
                  transaction.expiries().size());
  for (const log::Transaction::Append& append : transaction.appends()) {
    const auto topic = std::ranges::find(spec_.outputs, append.topic) - spec_.outputs.begin();
    const log::Partition partition =
        append.partition.has_value()
            ? *append.partition
            : log::PartitionOf(append.key, TopicPartitions(*base_.stream.options, append.topic));
    records.push_back({.topic = static_cast<size_t>(topic),
                       .partition = static_cast<int32_t>(partition),
                       .key = append.key,
                       .value = append.value});
  }
  changelog_.Encode(transaction, spec_.outputs.size(), records);
  return records;
}

absl::Status Worker::CommitAll(const log::Transaction& transaction, size_t consumed) {
  const std::vector<OutputRecord> records = Encode(transaction);
  const std::vector<Inputs::Next> next = stream_->inputs().After(consumed);
  const CommitMark mark{.sequence = sequence_ + 1, .owner = base_.owner};
  const std::vector<Place> places = Places(next);
  std::vector<CommitMark> marks(places.size(), mark);
  for (size_t i = 0; i < next.size(); ++i) marks[i].appended = next[i].appended;
  absl::Status status =
      committer_->Commit({.records = records, .places = places, .marks = marks, .mark = mark},
                         stream_->reader(), stop_);
  if (!status.ok()) return status;
  ++sequence_;
  base_.progress->Note(group_, places);
  if (status = Step(*base_.stream.options, kStepRemember); !status.ok()) return status;
  status = copy_.Apply(transaction.rows(), transaction.expiries(), sequence_, Checkpoint(next));
  if (!status.ok()) return status;
  stream_->Committed(consumed);
  return Step(*base_.stream.options, kStepDone);
}

std::vector<Place> Worker::Places(absl::Span<const Inputs::Next> next) const {
  std::vector<Place> places;
  for (size_t i = 0; i < next.size(); ++i) {
    const Inputs::Input& input = stream_->inputs().all()[i];
    places.push_back({.topic = input.name, .partition = input.partition, .offset = next[i].offset});
  }
  if (anchor_.has_value()) places.push_back(*anchor_);
  return places;
}

LocalCopy::Checkpoint Worker::Checkpoint(absl::Span<const Inputs::Next> next) const {
  LocalCopy::Checkpoint checkpoint = copy_.checkpoint();
  checkpoint.set_owner(base_.owner);
  checkpoint.set_written_micros(absl::ToUnixMicros(base_.stream.clock->Now()));
  Note(next, checkpoint);
  for (size_t table = 0; table < spec_.tables.size(); ++table) {
    // Where the broker did not tell, a restore reads some rows twice, which changes nothing.
    const int64_t last = committer_->last_offsets()[spec_.outputs.size() + table];
    if (last >= 0) checkpoint.mutable_changelogs(static_cast<int>(table))->set_offset(last + 1);
  }
  return checkpoint;
}

}  // namespace sluice::kafka
