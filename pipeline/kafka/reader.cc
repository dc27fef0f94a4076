#include "pipeline/kafka/reader.h"

#include <algorithm>
#include <string_view>

#include "pipeline/base/strings.h"

namespace sluice::kafka {
namespace {

int Milliseconds(absl::Duration duration) {
  // Rounded up: a wait of less than a millisecond must not become a busy loop.
  const absl::Duration rounded = absl::Ceil(duration, absl::Milliseconds(1));
  return static_cast<int>(
      std::clamp<int64_t>(absl::ToInt64Milliseconds(rounded), 0, int64_t{3600} * 1000));
}

}  // namespace

PartitionsHandle PartitionList(absl::Span<const Place> places, std::optional<int64_t> offset) {
  PartitionsHandle list(rd_kafka_topic_partition_list_new(static_cast<int>(places.size())));
  for (const Place& place : places) {
    rd_kafka_topic_partition_list_add(list.get(), place.topic.c_str(), place.partition)->offset =
        offset.value_or(place.offset);
  }
  return list;
}

Reader::Reader(std::unique_ptr<Client> client, QueueHandle queue)
    : client_(std::move(client)), queue_(std::move(queue)) {}

absl::StatusOr<std::unique_ptr<Reader>> Reader::Create(const Options& options,
                                                       const std::string& group) {
  absl::StatusOr<std::unique_ptr<Client>> client =
      Client::Create(Client::Role::kReader, options, {{"group.id", group}});
  if (!client.ok()) return client.status();
  QueueHandle queue(rd_kafka_queue_get_consumer((*client)->get()));
  return std::unique_ptr<Reader>(new Reader(*std::move(client), std::move(queue)));
}

absl::Status Reader::Assign(absl::Span<const Place> places) {
  const rd_kafka_resp_err_t code = rd_kafka_assign(client_->get(), PartitionList(places).get());
  return ToStatus(OfRead(code, "assigning partitions"));
}

Reader::Event Reader::Poll(absl::Duration wait) {
  MessageHandle message(rd_kafka_consumer_poll(client_->get(), Milliseconds(wait)));
  if (message == nullptr) return {};
  Event event;
  switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      event.kind = Event::Kind::kRecord;
      break;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      event.kind = Event::Kind::kEnd;
      break;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      event.kind = Event::Kind::kOutside;
      break;
    default:
      event.kind = Event::Kind::kTrouble;
      event.failure = {OfRead(message->err, "reading").remedy, message->err,
                       fmt::format("reading: {} ({})", rd_kafka_message_errstr(message.get()),
                                   rd_kafka_err2name(message->err))};
      break;
  }
  event.message = std::move(message);
  return event;
}

void Reader::Wake() { rd_kafka_queue_yield(queue_.get()); }

std::string Reader::WithComplaint(const Failure& failure) const {
  const std::string complaint = client_->LastComplaint();
  return complaint.empty() ? failure.text : fmt::format("{} ({})", failure.text, complaint);
}

absl::StatusOr<std::pair<int64_t, int64_t>> Reader::Bounds(const std::string& topic,
                                                           int32_t partition,
                                                           Patience& patience) const {
  for (;;) {
    int64_t low = 0;
    int64_t high = 0;
    const Failure failure =
        OfRead(rd_kafka_query_watermark_offsets(client_->get(), topic.c_str(), partition, &low,
                                                &high, Milliseconds(Patience::kCallMax)),
               fmt::format("looking for the ends of {}.{}", topic, partition));
    if (failure.ok()) return std::pair(low, high);
    if (IsForbidden(failure.code)) return ToStatus(failure);
    if (absl::Status status = patience.Wait(WithComplaint(failure)); !status.ok()) return status;
  }
}

std::optional<int64_t> Reader::CachedEnd(const std::string& topic, int32_t partition) const {
  int64_t low = 0;
  int64_t high = 0;
  if (rd_kafka_get_watermark_offsets(client_->get(), topic.c_str(), partition, &low, &high) !=
          RD_KAFKA_RESP_ERR_NO_ERROR ||
      high < 0) {
    return std::nullopt;
  }
  return high;
}

absl::StatusOr<std::vector<std::optional<Reader::Committed>>> Reader::LookUpCommitted(
    absl::Span<const Place> places, Patience& patience) const {
  for (;;) {
    const PartitionsHandle list = PartitionList(places, RD_KAFKA_OFFSET_INVALID);
    rd_kafka_resp_err_t code =
        rd_kafka_committed(client_->get(), list.get(), Milliseconds(Patience::kCallMax));
    std::vector<std::optional<Committed>> result;
    for (int i = 0; i < list->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
      const rd_kafka_topic_partition_t& entry = list->elems[i];
      code = entry.err;
      if (entry.offset < 0) {
        result.emplace_back(std::nullopt);
        continue;
      }
      const std::string_view metadata(static_cast<const char*>(entry.metadata),
                                      entry.metadata_size);
      result.push_back(Committed{.offset = entry.offset, .mark = DecodeCommitMark(metadata)});
    }
    const Failure failure = OfRead(code, "looking up committed offsets");
    if (failure.ok()) return result;
    if (IsForbidden(failure.code)) return ToStatus(failure);
    if (absl::Status status = patience.Wait(WithComplaint(failure)); !status.ok()) return status;
  }
}

absl::StatusOr<std::string> Reader::ClusterId(Patience& patience) const {
  for (;;) {
    // Asking makes the answer known; librdkafka's own wait for it sleeps for a second.
    const rd_kafka_metadata_t* metadata = nullptr;
    const Failure failure = OfRead(
        rd_kafka_metadata(client_->get(), 0, nullptr, &metadata, Milliseconds(Patience::kCallMax)),
        "asking for the cluster's id");
    if (failure.ok()) rd_kafka_metadata_destroy(metadata);
    char* id = failure.ok() ? rd_kafka_clusterid(client_->get(), 0) : nullptr;
    if (id != nullptr) {
      std::string result = id;
      rd_kafka_mem_free(client_->get(), id);
      return result;
    }
    const std::string why =
        failure.ok() ? "the cluster does not tell its id" : WithComplaint(failure);
    if (absl::Status status = patience.Wait(why); !status.ok()) return status;
  }
}

}  // namespace sluice::kafka
