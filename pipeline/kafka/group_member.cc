#include "pipeline/kafka/group_member.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/kafka/topic_plan.h"

namespace sluice::kafka {
namespace {

constexpr absl::Duration kServeInterval = absl::Seconds(10);
constexpr absl::Duration kLeaveInterval = absl::Milliseconds(50);  // Nothing tells its end.

// The input whose partitions are the stage's shards.
std::string SharedTopic(const Options& options, const log::Spec& spec) {
  const auto most = std::ranges::max_element(
      spec.inputs, {}, [&](const std::string& topic) { return TopicPartitions(options, topic); });
  return most == spec.inputs.end() ? "" : options.topic_prefix + *most;
}

std::vector<log::Partition> PartitionsOf(const rd_kafka_topic_partition_list_t& list) {
  std::vector<log::Partition> partitions;
  partitions.reserve(static_cast<size_t>(list.cnt));
  for (int i = 0; i < list.cnt; ++i) {
    partitions.push_back(static_cast<log::Partition>(list.elems[i].partition));
  }
  return partitions;
}

}  // namespace

absl::StatusOr<std::unique_ptr<GroupMember>> GroupMember::Join(const Options& options,
                                                               const log::Spec& spec,
                                                               Prepare prepare,
                                                               log::SharesChanged changed) {
  std::string topic = SharedTopic(options, spec);
  if (topic.empty()) {
    return absl::InvalidArgumentError(
        fmt::format("{} has no input: its shards cannot be shared", spec.stage));
  }
  absl::StatusOr<std::unique_ptr<Client>> client =
      Client::Create(Client::Role::kMember, options,
                     {{"group.id", fmt::format("{}{}.members", options.topic_prefix, spec.stage)}});
  if (!client.ok()) return client.status();
  return std::unique_ptr<GroupMember>(new GroupMember(
      *std::move(client), spec.stage, std::move(topic), std::move(prepare), std::move(changed)));
}

GroupMember::GroupMember(std::unique_ptr<Client> client, std::string who, std::string topic,
                         Prepare prepare, log::SharesChanged changed)
    : client_(std::move(client)),
      queue_(rd_kafka_queue_get_consumer(client_->get())),
      who_(std::move(who)),
      topic_(std::move(topic)),
      prepare_(std::move(prepare)),
      changed_(std::move(changed)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

GroupMember::~GroupMember() {
  thread_.request_stop();
  thread_.join();
}

void GroupMember::Run(const std::stop_token& stop) {
  if (!Subscribe(stop)) return;
  const std::stop_callback wake(stop, [this] { rd_kafka_queue_yield(queue_.get()); });
  while (!stop.stop_requested()) Serve(kServeInterval);
  Leave();
}

bool GroupMember::Subscribe(const std::stop_token& stop) {
  for (;;) {
    const absl::Status status = prepare_(stop);
    if (stop.stop_requested()) return false;
    if (status.ok()) break;
    changed_(status);
    if (status.code() != absl::StatusCode::kUnavailable) return false;
  }
  const PartitionsHandle topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), topic_.c_str(), RD_KAFKA_PARTITION_UA);
  const rd_kafka_resp_err_t code = rd_kafka_subscribe(client_->get(), topics.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) Complain(OfRead(code, "joining the group"));
  return code == RD_KAFKA_RESP_ERR_NO_ERROR;
}

void GroupMember::Serve(absl::Duration wait) {
  const EventHandle event(
      rd_kafka_queue_poll(queue_.get(), static_cast<int>(absl::ToInt64Milliseconds(wait))));
  if (event == nullptr) return;
  switch (rd_kafka_event_type(event.get())) {
    case RD_KAFKA_EVENT_REBALANCE:
      Rebalance(event.get());
      break;
    case RD_KAFKA_EVENT_ERROR:
      // Brokers that are away are librdkafka's to wait for.
      if (const rd_kafka_resp_err_t code = rd_kafka_event_error(event.get());
          IsForbidden(code) || code == RD_KAFKA_RESP_ERR__FATAL) {
        Complain(OfRead(code, "sharing the shards"));
      }
      break;
    default:  // Records that came before the partition was paused.
      break;
  }
}

void GroupMember::Rebalance(rd_kafka_event_t* event) {
  rd_kafka_topic_partition_list_t* list = rd_kafka_event_topic_partition_list(event);
  const std::vector<log::Partition> partitions = PartitionsOf(*list);
  const auto owned = [this] { return std::vector<log::Partition>(owned_.begin(), owned_.end()); };
  ErrorHandle error;
  if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    for (int i = 0; i < list->cnt; ++i) list->elems[i].offset = RD_KAFKA_OFFSET_END;
    error.reset(rd_kafka_incremental_assign(client_->get(), list));
    rd_kafka_pause_partitions(client_->get(), list);
    owned_.insert(partitions.begin(), partitions.end());
    changed_(owned());
  } else {
    for (const log::Partition partition : partitions) owned_.erase(partition);
    changed_(owned());  // They are closed before others are given them.
    error.reset(rd_kafka_incremental_unassign(client_->get(), list));
  }
  if (error != nullptr) Complain(OfRead(rd_kafka_error_code(error.get()), "sharing the shards"));
}

void GroupMember::Leave() {
  const absl::Time deadline = absl::Now() + kLeaveMax;
  // A close alone does not tell the group of a member without partitions (librdkafka 2.0.2).
  rd_kafka_unsubscribe(client_->get());
  const ErrorHandle error(rd_kafka_consumer_close_queue(client_->get(), queue_.get()));
  if (error != nullptr) return;
  while (rd_kafka_consumer_closed(client_->get()) == 0 && absl::Now() < deadline) {
    Serve(kLeaveInterval);
  }
}

void GroupMember::Complain(const Failure& failure) {
  // A client that is over is not made anew here: the process is.
  changed_(absl::FailedPreconditionError(fmt::format("{}: {}", who_, failure.text)));
}

}  // namespace sluice::kafka
