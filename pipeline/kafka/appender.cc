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
  size_t index = 0;        // Among the topics.
  std::string key;
  std::string value;
  absl::AnyInvocable<void(absl::Status)> durable;

  size_t bytes() const { return key.size() + value.size(); }
};

// A client, and what it can be handed.
struct Appender::Session {
  explicit Session(absl::Duration given_answer_max) : answer_max(given_answer_max) {}
  ~Session() { AwaitAnswers(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Takes no record any more.
  bool broken() const {
    return rd_kafka_fatal_error(client->get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  // Every record has its answer after this.
  void AwaitAnswers() const {
    if (client == nullptr) return;
    const auto wait = static_cast<int>(absl::ToInt64Milliseconds(answer_max));
    if (rd_kafka_flush(client->get(), wait) == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    rd_kafka_purge(client->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(client->get(), -1);
  }

  const absl::Duration answer_max;
  std::unique_ptr<Client> client;
  std::vector<TopicHandle> topics;  // Of pipeline/log/topics.h, in its order. Go before the client.
};

Appender::Appender(const Options& options, RecordSizes& sizes)
    : options_(&options), sizes_(&sizes) {}

absl::StatusOr<std::unique_ptr<Appender>> Appender::Create(const Options& options,
                                                           RecordSizes& sizes) {
  std::unique_ptr<Appender> result(new Appender(options, sizes));
  absl::StatusOr<std::unique_ptr<Session>> session = result->Connect();
  if (!session.ok()) return session.status();
  {
    const absl::MutexLock lock(&result->mutex_);
    result->session_ = *std::move(session);
  }
  result->retiring_ = std::jthread([self = result.get()] { self->Retire(); });
  return result;
}

Appender::~Appender() {
  {
    const absl::MutexLock lock(&mutex_);
    closing_ = true;
  }
  if (session_ != nullptr) session_->AwaitAnswers();  // While Retire waits for those of another.
}

absl::StatusOr<std::unique_ptr<Appender::Session>> Appender::Connect() {
  auto session = std::make_unique<Session>(options_->append_wait_max);
  absl::StatusOr<std::unique_ptr<Client>> client = Client::Create(
      Client::Role::kAppender, *options_, {},
      [this, to = session.get()](const rd_kafka_message_t& message) { OnDelivery(*to, message); });
  if (!client.ok()) return client.status();
  session->client = *std::move(client);
  for (const log::Topic& topic : log::Topics()) {
    absl::StatusOr<TopicHandle> handle =
        session->client->Topic(options_->topic_prefix + std::string(topic.name), topic.compressed);
    if (!handle.ok()) return handle.status();
    session->topics.push_back(*std::move(handle));
  }
  return session;
}

absl::Status Appender::Renew() {
  const absl::MutexLock lock(&mutex_);
  if (!session_->broken()) return absl::OkStatus();  // Another Append was quicker.
  if (broken_ != nullptr) {
    return absl::UnavailableError("the connection to Kafka is being made anew: try later");
  }
  absl::StatusOr<std::unique_ptr<Session>> session = Connect();
  if (!session.ok()) return absl::UnavailableError(session.status().message());
  broken_ = std::exchange(session_, *std::move(session));
  return absl::OkStatus();
}

void Appender::Retire() {
  for (;;) {
    std::unique_ptr<Session> broken;  // Goes once the mutex is free.
    const absl::MutexLock lock(&mutex_);
    const auto due = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return broken_ || closing_; };
    mutex_.Await(absl::Condition(&due));
    if (broken_ == nullptr) return;
    broken = std::move(broken_);
  }
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
  const auto produce = [&] {
    const absl::ReaderMutexLock lock(&mutex_);
    return Produce(record);
  };
  Failure failure = produce();
  if (failure.remedy == Remedy::kRebuild || failure.remedy == Remedy::kGiveUp) {
    if (absl::Status status = Renew(); !status.ok()) return status;
    failure = produce();
  }
  if (failure.ok()) return absl::OkStatus();
  if (failure.remedy == Remedy::kRepeat) {
    return absl::ResourceExhaustedError("too many records are on their way to Kafka: try later");
  }
  return absl::UnavailableError(failure.text);
}

Failure Appender::Produce(InFlight& record) {
  const log::Partition partition =
      log::PartitionOf(record.key, TopicPartitions(*options_, record.topic));
  const rd_kafka_resp_err_t code =
      session_->client->Produce({.topic = session_->topics[record.index].get(),
                                 .partition = static_cast<int32_t>(partition),
                                 .key = record.key,
                                 .value = record.value,
                                 .opaque = &record});
  return OfProduce(session_->client->get(), code, "appending");
}

void Appender::OnDelivery(const Session& session, const rd_kafka_message_t& message) {
  const std::unique_ptr<InFlight> record(static_cast<InFlight*>(message._private));
  bytes_.fetch_sub(record->bytes());
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    sizes_->Note(record->topic, 1, record->bytes());
    record->durable(absl::OkStatus());
    return;
  }
  const std::string complaint = session.client->LastComplaint();
  record->durable(absl::UnavailableError(fmt::format(
      "a record for {} was not kept: {} ({}){}{}", record->topic, rd_kafka_err2str(message.err),
      rd_kafka_err2name(message.err), complaint.empty() ? "" : ": ", complaint)));
}

}  // namespace sluice::kafka
