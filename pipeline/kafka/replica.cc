#include "pipeline/kafka/replica.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/kafka/topic_plan.h"

namespace sluice::kafka {
namespace {

// Where every partition of the inputs begins and ends.
struct Extent {
  std::vector<Inputs::Input> inputs;  // At their beginnings.
  std::vector<int64_t> ends;
};

absl::StatusOr<Extent> Measure(const Options& options, const log::Spec& spec, const Reader& reader,
                               Patience& patience) {
  Extent extent;
  for (const std::string& topic : spec.inputs) {
    for (log::Partition p = 0; p < TopicPartitions(options, topic); ++p) {
      Inputs::Input input{.topic = topic,
                          .name = options.topic_prefix + topic,
                          .partition = static_cast<int32_t>(p)};
      auto bounds = reader.Bounds(input.name, input.partition, patience);
      if (!bounds.ok()) return bounds.status();
      input.seen = input.consumed = input.committed = bounds->first;
      extent.inputs.push_back(std::move(input));
      extent.ends.push_back(bounds->second);
    }
  }
  return extent;
}

// Moves the inputs to where the copy stands. False: it stands where the log is not (any more).
bool GoOn(const LocalCopy::Checkpoint& known, Extent& extent) {
  for (const LocalCopy::Checkpoint::Position& position : known.inputs()) {
    const auto input = std::ranges::find_if(extent.inputs, [&](const Inputs::Input& one) {
      return one.name == position.topic() && one.partition == position.partition();
    });
    if (input == extent.inputs.end()) continue;
    const int64_t end = extent.ends[static_cast<size_t>(input - extent.inputs.begin())];
    if (position.offset() < input->seen || position.offset() > end) return false;
    input->seen = input->consumed = input->committed = position.offset();
    input->appended = input->consumed_appended = absl::FromUnixMillis(position.appended_millis());
  }
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Replica>> Replica::Open(const Base& base, const log::Spec& spec,
                                                       log::Load load, std::stop_token stop) {
  const Options& options = *base.stream.options;
  const std::string who = fmt::format("{}.replica", spec.stage);
  Patience patience = Patience::ToOpen(options, who, stop);
  absl::StatusOr<std::unique_ptr<Reader>> reader =
      Reader::Create(options, options.topic_prefix + who);
  if (!reader.ok()) return reader.status();
  absl::StatusOr<std::string> cluster = (*reader)->ClusterId(patience);
  if (!cluster.ok()) return cluster.status();
  absl::StatusOr<Extent> extent = Measure(options, spec, **reader, patience);
  if (!extent.ok()) return extent.status();
  absl::StatusOr<LocalCopy> copy = LocalCopy::Open(*base.stores, spec, who);
  if (!copy.ok()) return copy.status();

  const std::string& known_cluster = copy->checkpoint().cluster_id();
  Extent there = *extent;
  if (known_cluster == *cluster && GoOn(copy->checkpoint(), there)) {
    *extent = std::move(there);
  } else if (!known_cluster.empty()) {
    if (absl::Status status = copy->Wipe(); !status.ok()) return status;
  }
  LocalCopy::Checkpoint checkpoint;
  checkpoint.set_cluster_id(*cluster);
  Note(extent->inputs, checkpoint);
  absl::Status status = copy->Apply({}, {}, copy->sequence(), std::move(checkpoint));
  if (!status.ok()) return status;
  if (status = copy->Load(load); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<InputStream>> stream =
      InputStream::Open(base.stream, {.who = who, .group = ""}, *std::move(reader),
                        std::move(extent->inputs), extent->ends, std::move(stop));
  if (!stream.ok()) return stream.status();
  return std::unique_ptr<Replica>(new Replica(base, spec, *std::move(copy), *std::move(stream)));
}

absl::StatusOr<std::vector<log::Record>> Replica::Poll(const log::Limits& limits,
                                                       absl::Time deadline) {
  return stream_->Poll(limits, deadline,
                       [this] { return CommitAll(log::Transaction(nullptr), 0); });
}

absl::Status Replica::Commit(log::Transaction transaction, absl::Span<const log::Record> consumed) {
  if (!stream_->over().ok()) return stream_->over();
  if (!transaction.appends().empty()) {
    return absl::InvalidArgumentError(fmt::format("{}.replica may not emit: {} records",
                                                  spec_.stage, transaction.appends().size()));
  }
  if (absl::Status status = stream_->inputs().Check(consumed); !status.ok()) return status;
  if (transaction.empty() && consumed.empty()) return absl::OkStatus();
  return stream_->Conclude(CommitAll(transaction, consumed.size()));
}

absl::Status Replica::CommitAll(const log::Transaction& transaction, size_t consumed) {
  const std::vector<Inputs::Next> next = stream_->inputs().After(consumed);
  LocalCopy::Checkpoint checkpoint = copy_.checkpoint();
  Note(next, checkpoint);
  absl::Status status = copy_.Apply(transaction.rows(), transaction.expiries(),
                                    copy_.sequence() + 1, std::move(checkpoint));
  if (status.ok()) stream_->Committed(consumed);
  return status;
}

}  // namespace sluice::kafka
