#include "pipeline/kafka/appender.h"

#include <utility>

#include "absl/time/time.h"
#include "pipeline/base/strings.h"
#include "pipeline/kafka/failure.h"
#include "pipeline/kafka/topic_plan.h"
#include "pipeline/log/topics.h"
#include "pipeline/log/transaction.h"

namespace sluice::kafka {

struct Appender::InFlight {
  std::string_view topic;  // Of pipeline/log/topics.h.
  size_t index = 0;        // In topics_.
  std::string key;
  std::string value;
  absl::AnyInvocable<void(absl::Status)> durable;

  size_t bytes() const { return key.size() + value.size(); }
};

absl::StatusOr<std::unique_ptr<Appender>> Appender::Create(const Options& options,
                                                           RecordSizes& sizes) {
  std::unique_ptr<Appender> result(new Appender(options, sizes));
  absl::StatusOr<std::unique_ptr<Client>> client = Client::Create(
      Client::Role::kAppender, options, {},
      [self = result.get()](const rd_kafka_message_t& message) { self->OnDelivery(message); });
  if (!client.ok()) return client.status();
  result->client_ = *std::move(client);
  for (const log::Topic& topic : log::Topics()) {
    absl::StatusOr<TopicHandle> handle =
        result->client_->Topic(options.topic_prefix + std::string(topic.name), topic.compressed);
    if (!handle.ok()) return handle.status();
    result->topics_.push_back(*std::move(handle));
  }
  return result;
}

Appender::~Appender() {
  if (client_ == nullptr) return;
  rd_kafka_t* client = client_->get();
  const auto wait = static_cast<int>(absl::ToInt64Milliseconds(options_->append_wait_max));
  if (rd_kafka_flush(client, wait) == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  // Every record has its answer before this is gone.
  rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client, -1);
}

void Appender::Append(std::string_view topic, std::string_view key, std::string value,
                      absl::AnyInvocable<void(absl::Status)> durable) {
  const size_t bytes = key.size() + value.size();
  if (bytes > log::Transaction::kRecordBytesMax) {
    durable(absl::InvalidArgumentError(
        fmt::format("a record of {} bytes for topic {} is over the limit of {} bytes", bytes, topic,
                    log::Transaction::kRecordBytesMax)));
    return;
  }
  const log::Topic* found = log::FindTopic(topic);
  if (found == nullptr) {
    durable(absl::InvalidArgumentError(fmt::format("there is no topic {}", topic)));
    return;
  }
  auto record = std::make_unique<InFlight>(
      InFlight{.topic = found->name,
               .index = static_cast<size_t>(found - log::Topics().data()),
               .key = std::string(key),
               .value = std::move(value),
               .durable = std::move(durable)});
  if (bytes_.fetch_add(bytes) + bytes > options_->appender_bytes_max) {
    bytes_.fetch_sub(bytes);
    record->durable(absl::ResourceExhaustedError(
        fmt::format("{} bytes are on their way to Kafka already: try later", bytes_.load())));
    return;
  }
  const absl::Status status = Send(*record);
  if (status.ok()) {
    [[maybe_unused]] const InFlight* sent = record.release();  // Until it is delivered.
    return;
  }
  bytes_.fetch_sub(bytes);
  record->durable(status);
}

absl::Status Appender::Send(InFlight& record) {
  const log::Partition partition =
      log::PartitionOf(record.key, TopicPartitions(*options_, record.topic));
  const rd_kafka_resp_err_t code = client_->Produce({.topic = topics_[record.index].get(),
                                                     .partition = static_cast<int32_t>(partition),
                                                     .key = record.key,
                                                     .value = record.value,
                                                     .opaque = &record});
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return absl::OkStatus();
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
    return absl::ResourceExhaustedError("too many records are on their way to Kafka: try later");
  }
  return absl::UnavailableError(OfProduce(client_->get(), code, "appending").text);
}

void Appender::OnDelivery(const rd_kafka_message_t& message) {
  const std::unique_ptr<InFlight> record(static_cast<InFlight*>(message._private));
  bytes_.fetch_sub(record->bytes());
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    sizes_->Note(record->topic, 1, record->bytes());
    record->durable(absl::OkStatus());
    return;
  }
  const std::string complaint = client_->LastComplaint();
  record->durable(absl::UnavailableError(fmt::format(
      "a record for {} was not kept: {} ({}){}{}", record->topic, rd_kafka_err2str(message.err),
      rd_kafka_err2name(message.err), complaint.empty() ? "" : ": ", complaint)));
}

}  // namespace sluice::kafka
