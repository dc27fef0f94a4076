#include "pipeline/kafka/worker_opening.h"

#include <algorithm>
#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/kafka/limits.h"
#include "pipeline/kafka/topic_plan.h"
#include "pipeline/log/topics.h"

namespace sluice::kafka {

absl::StatusOr<std::unique_ptr<Worker>> Worker::Open(const Base& base, const log::Spec& spec,
                                                     log::Partition partition, log::Load load,
                                                     const std::stop_token& stop) {
  return WorkerOpening(base, spec, partition, stop).Run(load);
}

WorkerOpening::WorkerOpening(const Worker::Base& base, const log::Spec& spec,
                             log::Partition partition, const std::stop_token& stop)
    : base_(base),
      options_(*base.stream.options),
      spec_(spec),
      partition_(partition),
      who_(fmt::format("{}.{}", spec.stage, partition)),
      group_(options_.topic_prefix + spec.stage),
      stop_(stop),
      patience_(Patience::ToOpen(options_, who_, stop)),
      changelog_(options_, spec, partition) {}

absl::StatusOr<std::unique_ptr<Worker>> WorkerOpening::Run(log::Load load) {
  if (absl::Status status = ChooseInputs(); !status.ok()) return status;
  if (absl::Status status = Fence(); !status.ok()) return status;
  if (absl::Status status = LookUp(); !status.ok()) return status;
  absl::StatusOr<LocalCopy> copy = LocalCopy::Open(*base_.stores, spec_, who_);
  if (!copy.ok()) return copy.status();
  if (Diverged(*copy)) {
    if (absl::Status status = copy->Wipe(); !status.ok()) return status;
  }
  const LocalCopy::Checkpoint known = copy->checkpoint();
  // Committed offsets expire where nothing runs for long; the copy is the next best witness.
  const bool use_known =
      copy->sequence() > 0 && std::ranges::all_of(committed_, [](const Committed& committed) {
        return !committed.has_value();
      });
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (absl::Status status = Position(i, use_known ? &known : nullptr); !status.ok()) {
      return status;
    }
  }
  if (absl::Status status = BringUp(*copy); !status.ok()) return status;
  if (absl::Status status = copy->Load(load); !status.ok()) return status;

  const uint64_t sequence = std::max(newest_.sequence, copy->sequence());
  std::unique_ptr<Worker> worker(new Worker(base_, spec_, partition_, stop_, *std::move(copy)));
  absl::StatusOr<std::unique_ptr<InputStream>> stream =
      InputStream::Open(base_.stream, {.who = who_, .group = group_}, std::move(reader_),
                        std::move(inputs_), ends_, stop_);
  if (!stream.ok()) return stream.status();
  committer_->StartAfter(newest_);
  worker->sequence_ = sequence;
  worker->anchor_ = anchor_;
  worker->committer_ = std::move(committer_);
  worker->stream_ = *std::move(stream);
  return worker;
}

absl::Status WorkerOpening::ChooseInputs() {
  if (partition_ >= Shards(options_, spec_)) {
    return absl::InvalidArgumentError(fmt::format(
        "{} has {} shards: {} does not exist", spec_.stage, Shards(options_, spec_), partition_));
  }
  for (const std::string& topic : spec_.inputs) {
    if (partition_ >= TopicPartitions(options_, topic)) continue;
    inputs_.push_back({.topic = topic,
                       .name = options_.topic_prefix + topic,
                       .partition = static_cast<int32_t>(partition_)});
    places_.push_back({.topic = inputs_.back().name, .partition = inputs_.back().partition});
  }
  if (!inputs_.empty()) return absl::OkStatus();
  // Marks need an offset to stand beside: the offset itself says nothing.
  std::string topic;
  if (!changelog_.topics().empty()) {
    topic = changelog_.topics().front().name;
  } else if (!spec_.outputs.empty()) {
    topic = options_.topic_prefix + spec_.outputs.front();
  } else {
    return absl::InvalidArgumentError(
        fmt::format("{} neither reads, writes nor remembers anything", spec_.stage));
  }
  anchor_ = Place{.topic = topic};
  places_.push_back(*anchor_);
  return absl::OkStatus();
}

absl::Status WorkerOpening::Fence() {
  std::vector<OutputTopic> topics;
  topics.reserve(spec_.outputs.size() + changelog_.topics().size());
  for (const std::string& output : spec_.outputs) {
    topics.push_back(
        {.name = options_.topic_prefix + output, .compressed = log::FindTopic(output)->compressed});
  }
  topics.insert(topics.end(), changelog_.topics().begin(), changelog_.topics().end());
  absl::StatusOr<std::unique_ptr<ShardCommitter>> committer = ShardCommitter::Open(
      options_, {.who = who_, .transactional_id = options_.topic_prefix + who_, .group = group_},
      std::move(topics), patience_);
  if (!committer.ok()) return committer.status();
  committer_ = *std::move(committer);
  return absl::OkStatus();
}

absl::Status WorkerOpening::LookUp() {
  absl::StatusOr<std::unique_ptr<Reader>> reader = Reader::Create(options_, group_);
  if (!reader.ok()) return reader.status();
  reader_ = *std::move(reader);
  absl::StatusOr<std::string> cluster = reader_->ClusterId(patience_);
  if (!cluster.ok()) return cluster.status();
  cluster_id_ = *std::move(cluster);
  absl::StatusOr<std::vector<Committed>> committed = reader_->LookUpCommitted(places_, patience_);
  if (!committed.ok()) return committed.status();
  committed_ = *std::move(committed);
  newest_ = NewestMark(committed_);
  return absl::OkStatus();
}

absl::Status WorkerOpening::Position(size_t i, const LocalCopy::Checkpoint* known) {
  Inputs::Input& input = inputs_[i];
  auto bounds = reader_->Bounds(input.name, input.partition, patience_);
  if (!bounds.ok()) return bounds.status();
  ends_.push_back(bounds->second);
  int64_t offset = bounds->first;
  if (committed_[i].has_value()) {
    offset = committed_[i]->offset;
    if (committed_[i]->mark.has_value()) input.appended = committed_[i]->mark->appended;
  } else if (known != nullptr) {
    for (const LocalCopy::Checkpoint::Position& position : known->inputs()) {
      if (position.topic() != input.name || position.partition() != input.partition) continue;
      offset = position.offset();
      input.appended = absl::FromUnixMillis(position.appended_millis());
    }
  }
  input.seen = input.consumed = input.committed = offset;
  input.consumed_appended = input.appended;
  return absl::OkStatus();
}

bool WorkerOpening::Diverged(const LocalCopy& copy) const {
  if (copy.sequence() == 0 && copy.checkpoint().cluster_id().empty()) return false;
  if (copy.checkpoint().cluster_id() != cluster_id_) return true;
  if (newest_.sequence == 0) return false;
  return copy.sequence() > newest_.sequence ||
         (copy.sequence() == newest_.sequence && copy.checkpoint().owner() != newest_.owner);
}

LocalCopy::Checkpoint WorkerOpening::Checkpoint(absl::Span<const int64_t> changelogs) const {
  LocalCopy::Checkpoint checkpoint;
  checkpoint.set_cluster_id(cluster_id_);
  checkpoint.set_owner(newest_.owner);
  checkpoint.set_written_micros(absl::ToUnixMicros(base_.stream.clock->Now()));
  Note(inputs_, checkpoint);
  for (size_t i = 0; i < changelogs.size(); ++i) {
    LocalCopy::Checkpoint::Position& position = *checkpoint.add_changelogs();
    position.set_topic(changelog_.topics()[i].name);
    position.set_partition(static_cast<int32_t>(partition_));
    position.set_offset(changelogs[i]);
  }
  return checkpoint;
}

absl::Status WorkerOpening::MeasureChangelogs() {
  for (const OutputTopic& topic : changelog_.topics()) {
    auto bounds = reader_->Bounds(topic.name, static_cast<int32_t>(partition_), patience_);
    if (!bounds.ok()) return bounds.status();
    changelog_beginnings_.push_back(bounds->first);
    changelog_ends_.push_back(bounds->second);
  }
  return absl::OkStatus();
}

std::optional<std::vector<int64_t>> WorkerOpening::ChangelogOffsets(const LocalCopy& copy) const {
  std::vector<int64_t> offsets;
  for (const OutputTopic& topic : changelog_.topics()) {
    const auto& known = copy.checkpoint().changelogs();
    const auto position =
        std::ranges::find_if(known, [&](const auto& one) { return one.topic() == topic.name; });
    if (position == known.end()) return std::nullopt;
    offsets.push_back(position->offset());
  }
  return offsets;
}

std::optional<std::vector<int64_t>> WorkerOpening::ResumeAt(const LocalCopy& copy) const {
  const LocalCopy::Checkpoint& known = copy.checkpoint();
  const absl::Duration age =
      base_.stream.clock->Now() - absl::FromUnixMicros(known.written_micros());
  // Compaction removes tombstones in time: an older copy would never learn that their rows are
  // gone.
  if (known.cluster_id().empty() || age > kTombstonesReadWithin) return std::nullopt;
  std::optional<std::vector<int64_t>> offsets = ChangelogOffsets(copy);
  for (size_t i = 0; offsets.has_value() && i < offsets->size(); ++i) {
    if ((*offsets)[i] < changelog_beginnings_[i] || (*offsets)[i] > changelog_ends_[i]) {
      return std::nullopt;
    }
  }
  return offsets;
}

absl::Status WorkerOpening::BringUp(LocalCopy& copy) {
  std::optional<std::vector<int64_t>> offsets = ChangelogOffsets(copy);
  const bool complete = newest_.sequence > 0 && copy.sequence() == newest_.sequence;
  if (!complete || !offsets.has_value()) {
    if (absl::Status status = MeasureChangelogs(); !status.ok()) return status;
    absl::StatusOr<std::vector<int64_t>> restored = Restore(copy, ResumeAt(copy));
    if (!restored.ok()) return restored.status();
    offsets = *std::move(restored);
  }
  return copy.Apply({}, {}, std::max(newest_.sequence, copy.sequence()), Checkpoint(*offsets));
}

absl::StatusOr<std::vector<int64_t>> WorkerOpening::Restore(
    LocalCopy& copy, std::optional<std::vector<int64_t>> resume) {
  if (!resume.has_value()) {
    if (!copy.checkpoint().cluster_id().empty()) {
      if (absl::Status status = copy.Wipe(); !status.ok()) return status;
    }
    resume = changelog_beginnings_;
  }
  std::vector<int64_t> offsets = *std::move(resume);
  // Until all is restored the copy keeps its old number: opened again, it goes on from here.
  const uint64_t sequence = copy.sequence();
  const std::string owner = copy.checkpoint().owner();
  absl::Status status = changelog_.Restore(
      *reader_, offsets, changelog_ends_, options_, who_, stop_, [&](Changelog::Part& part) {
        offsets = part.offsets;
        LocalCopy::Checkpoint checkpoint = Checkpoint(offsets);
        checkpoint.set_owner(owner);
        return copy.Apply(part.rows, part.expiries, sequence, std::move(checkpoint));
      });
  if (!status.ok()) return status;
  return offsets;
}

}  // namespace sluice::kafka
