#include "pipeline/kafka/committer.h"

#include <algorithm>
#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/kafka/patience.h"

namespace sluice::kafka {
namespace {

const int kCallMilliseconds = static_cast<int>(absl::ToInt64Milliseconds(Patience::kCallMax));

}  // namespace

absl::StatusOr<std::unique_ptr<Committer>> Committer::Create(const Options& options,
                                                             const std::string& identity,
                                                             std::vector<OutputTopic> topics) {
  std::unique_ptr<Committer> result(new Committer(std::move(topics)));
  absl::StatusOr<std::unique_ptr<Client>> client = Client::Create(
      Client::Role::kCommitter, options, {{"transactional.id", identity}},
      [self = result.get()](const rd_kafka_message_t& message) { self->OnDelivery(message); });
  if (!client.ok()) return client.status();
  result->client_ = *std::move(client);
  // Topics that are known before the first record is sent: otherwise that record waits a second.
  for (const OutputTopic& topic : result->topics_) {
    absl::StatusOr<TopicHandle> handle = result->client_->Topic(topic.name, topic.compressed);
    if (!handle.ok()) return handle.status();
    result->handles_.push_back(*std::move(handle));
  }
  result->last_offsets_.assign(result->topics_.size(), -1);
  return result;
}

Committer::~Committer() {
  // librdkafka (2.0.2 at least) frees the text of its last error while it ends, and once more when
  // the broker refuses a record at that moment: no answer may be awaited any more.
  if (client_ != nullptr) {
    rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  }
}

void Committer::OnDelivery(const rd_kafka_message_t& message) {
  --undelivered_;
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (refused_++ == 0) first_refusal_ = message.err;
    return;
  }
  auto* last = static_cast<int64_t*>(message._private);
  *last = std::max(*last, message.offset);
}

Failure Committer::Init() {
  return OfTransaction(client_->get(),
                       rd_kafka_init_transactions(client_->get(), kCallMilliseconds),
                       "taking the transactional identity");
}

Failure Committer::Begin() {
  refused_ = 0;
  first_refusal_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::ranges::fill(last_offsets_, -1);
  return OfTransaction(client_->get(), rd_kafka_begin_transaction(client_->get()),
                       "beginning a transaction");
}

Failure Committer::Produce(const OutputRecord& record) {
  rd_kafka_headers_t* headers = nullptr;
  if (!record.header.empty()) {
    headers = rd_kafka_headers_new(1);
    rd_kafka_header_add(headers, record.header.data(), static_cast<ssize_t>(record.header.size()),
                        record.header_value.data(),
                        static_cast<ssize_t>(record.header_value.size()));
  }
  const rd_kafka_resp_err_t code = client_->Produce({.topic = handles_[record.topic].get(),
                                                     .partition = record.partition,
                                                     .key = record.key,
                                                     .value = record.value,
                                                     .headers = headers,
                                                     .opaque = &last_offsets_[record.topic]});
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (headers != nullptr) rd_kafka_headers_destroy(headers);
    // Delivery reports make room.
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) rd_kafka_poll(client_->get(), kCallMilliseconds);
    return OfProduce(client_->get(), code, "producing");
  }
  ++undelivered_;
  return {};
}

Failure Committer::SendOffsets(const std::string& group, absl::Span<const Place> places,
                               absl::Span<const CommitMark> marks) {
  const PartitionsHandle list(rd_kafka_topic_partition_list_new(static_cast<int>(places.size())));
  for (size_t i = 0; i < places.size(); ++i) {
    rd_kafka_topic_partition_t* entry =
        rd_kafka_topic_partition_list_add(list.get(), places[i].topic.c_str(), places[i].partition);
    entry->offset = places[i].offset;
    const std::string metadata = Encode(marks[i]);
    // The list frees it.
    entry->metadata = rd_kafka_mem_malloc(client_->get(), metadata.size());
    std::ranges::copy(metadata, static_cast<char*>(entry->metadata));
    entry->metadata_size = metadata.size();
  }
  // Without generation and member: whoever has the transactional identity is the group's member.
  const GroupHandle metadata(rd_kafka_consumer_group_metadata_new(group.c_str()));
  return OfTransaction(client_->get(),
                       rd_kafka_send_offsets_to_transaction(client_->get(), list.get(),
                                                            metadata.get(), kCallMilliseconds),
                       "adding offsets to the transaction");
}

Failure Committer::Flush() {
  const rd_kafka_resp_err_t code = rd_kafka_flush(client_->get(), kCallMilliseconds);
  if (code == RD_KAFKA_RESP_ERR__TIMED_OUT) {
    return {Remedy::kRepeat, code,
            fmt::format("waiting for {} records to be kept: timed out", undelivered_)};
  }
  if (const Failure failure = OfProduce(client_->get(), code, "sending records"); !failure.ok()) {
    return failure;
  }
  if (refused_ == 0) return {};
  return OfProduce(client_->get(), first_refusal_,
                   fmt::format("sending records, {} of which were not kept", refused_));
}

Failure Committer::Commit() {
  Failure failure =
      OfTransaction(client_->get(), rd_kafka_commit_transaction(client_->get(), kCallMilliseconds),
                    "committing the transaction");
  if (!failure.ok()) return failure;
  if (refused_ == 0 && undelivered_ == 0) return {};
  // librdkafka says that it never commits without all records. If it did, they are gone.
  return {
      Remedy::kRebuild, first_refusal_,
      fmt::format(
          "committing the transaction: {} of its records were not kept and {} are unaccounted for",
          refused_, undelivered_)};
}

Failure Committer::Abort() {
  Failure failure =
      OfTransaction(client_->get(), rd_kafka_abort_transaction(client_->get(), kCallMilliseconds),
                    "aborting the transaction");
  if (!failure.ok()) return failure;
  // The next attempt counts its own delivery reports.
  return Flush().remedy == Remedy::kRepeat
             ? Failure{Remedy::kRebuild, RD_KAFKA_RESP_ERR__TIMED_OUT,
                       "aborting the transaction: records stay in work"}
             : Failure{};
}

}  // namespace sluice::kafka
