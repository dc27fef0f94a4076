#include "pipeline/kafka/backlog_meter.h"

#include <algorithm>

#include "pipeline/base/strings.h"
#include "pipeline/kafka/failure.h"
#include "pipeline/kafka/handles.h"
#include "pipeline/kafka/patience.h"
#include "pipeline/kafka/topic_plan.h"

namespace sluice::kafka {
namespace {

constexpr absl::Duration kSettledWithin = absl::Seconds(10);
const int kCallMilliseconds = static_cast<int>(absl::ToInt64Milliseconds(Patience::kCallMax));

// In the order of `places`. kUnavailable: one of them has no answer.
absl::StatusOr<std::vector<int64_t>> InOrder(const std::vector<Place>& places,
                                             const rd_kafka_topic_partition_list_t& list,
                                             std::string_view doing) {
  std::vector<int64_t> offsets;
  for (const Place& place : places) {
    const rd_kafka_topic_partition_t* entry =
        rd_kafka_topic_partition_list_find(&list, place.topic.c_str(), place.partition);
    const rd_kafka_resp_err_t code =
        entry == nullptr ? RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION : entry->err;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return ToStatus(OfRead(code, fmt::format("{} {}.{}", doing, place.topic, place.partition)));
    }
    offsets.push_back(entry->offset);
  }
  return offsets;
}

}  // namespace

void EndHistory::Note(absl::Time now, int64_t end) {
  if (!samples_.empty() && samples_.back().end >= end) return;
  samples_.push_back({.time = now, .end = end});
  if (samples_.size() < kSamplesMax) return;
  // The further back, the coarser: goes the one that is missed least for its age.
  size_t least = 1;
  double least_gap = 2;
  for (size_t i = 1; i + 1 < samples_.size(); ++i) {
    const double gap =
        absl::FDivDuration(samples_[i + 1].time - samples_[i - 1].time, now - samples_[i - 1].time);
    if (gap < least_gap) {
      least = i;
      least_gap = gap;
    }
  }
  samples_.erase(samples_.begin() + static_cast<ptrdiff_t>(least));
}

absl::Duration EndHistory::Age(absl::Time now, int64_t offset) const {
  const auto sample = std::ranges::upper_bound(samples_, offset, {}, &Sample::end);
  return sample == samples_.end() ? absl::ZeroDuration()
                                  : std::max(absl::ZeroDuration(), now - sample->time);
}

absl::StatusOr<const Client*> BacklogMeter::MemberOf(const std::string& group) {
  const absl::MutexLock lock(&mutex_);
  std::unique_ptr<Client>& member = members_[group];
  if (member == nullptr) {
    // Settled offsets alone would mean to wait until no shard of the group is committing.
    absl::StatusOr<std::unique_ptr<Client>> made =
        Client::Create(Client::Role::kReader, *options_,
                       {{"group.id", group}, {"isolation.level", "read_uncommitted"}});
    if (!made.ok()) return made.status();
    member = *std::move(made);
  }
  return member.get();
}

absl::StatusOr<std::vector<int64_t>> BacklogMeter::CommittedOffsets(
    const std::string& group, const std::vector<Place>& places) {
  const absl::StatusOr<const Client*> member = MemberOf(group);
  if (!member.ok()) return member.status();
  const PartitionsHandle list = PartitionList(places, RD_KAFKA_OFFSET_INVALID);
  const std::string doing = fmt::format("looking up what {} has committed of", group);
  const rd_kafka_resp_err_t code =
      rd_kafka_committed((*member)->get(), list.get(), kCallMilliseconds);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(OfRead(code, doing));
  return InOrder(places, *list, doing);
}

absl::StatusOr<std::vector<int64_t>> BacklogMeter::Offsets(const std::vector<Place>& places,
                                                           int64_t which) const {
  const PartitionsHandle list = PartitionList(places, which);
  const rd_kafka_resp_err_t code =
      rd_kafka_offsets_for_times(client_->get(), list.get(), kCallMilliseconds);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ToStatus(OfRead(code, "looking for the ends of topics"));
  }
  return InOrder(places, *list, "looking for an end of");
}

absl::StatusOr<std::vector<log::Backlog>> BacklogMeter::Measure(const log::Spec& spec) {
  std::vector<Place> places;
  std::vector<log::Backlog> backlogs;
  for (const std::string& topic : spec.inputs) {
    for (log::Partition p = 0; p < TopicPartitions(*options_, topic); ++p) {
      places.push_back(
          {.topic = options_->topic_prefix + topic, .partition = static_cast<int32_t>(p)});
      log::Backlog& backlog = backlogs.emplace_back();
      backlog.topic = topic;
      backlog.partition = p;
    }
  }
  if (places.empty()) return backlogs;
  const std::string group = options_->topic_prefix + spec.stage;
  auto committed = CommittedOffsets(group, places);
  if (!committed.ok()) return committed.status();
  auto beginnings = Offsets(places, RD_KAFKA_OFFSET_BEGINNING);
  if (!beginnings.ok()) return beginnings.status();
  auto ends = Offsets(places, RD_KAFKA_OFFSET_END);
  if (!ends.ok()) return ends.status();
  const absl::Time now = clock_->Now();
  const absl::MutexLock lock(&mutex_);
  for (size_t i = 0; i < places.size(); ++i) {
    log::Backlog& backlog = backlogs[i];
    EndHistory& history = histories_[{places[i].topic, places[i].partition}];
    history.Note(now, (*ends)[i]);
    const int64_t next =
        std::max({(*committed)[i], progress_->Known(group, places[i]), (*beginnings)[i]});
    if (next >= (*ends)[i]) continue;
    backlog.records = static_cast<uint64_t>((*ends)[i] - next);
    backlog.bytes = backlog.records * sizes_->Typical(backlog.topic);
    // One offset is likely to be a control record, which workers soon step over.
    const absl::Duration age = history.Age(now, next);
    if (backlog.records > 1 || age > kSettledWithin) backlog.age = age;
  }
  return backlogs;
}

}  // namespace sluice::kafka
