#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pipeline/kafka/client.h"
#include "pipeline/kafka/commit_mark.h"
#include "pipeline/kafka/failure.h"
#include "pipeline/kafka/handles.h"
#include "pipeline/kafka/reader.h"

namespace sluice::kafka {

// A topic that a shard writes to, with the prefix.
struct OutputTopic {
  std::string name;
  bool compressed = false;
};

// A record to be sent. Views outlive the transaction.
struct OutputRecord {
  size_t topic = 0;  // Index among the committer's.
  int32_t partition = 0;
  std::string_view key = {};
  std::optional<std::string_view> value = {};  // Empty: a tombstone.
  std::string_view header = {};                // Name and value; without a name there is none.
  std::string_view header_value = {};
};

// A transactional producer under one identity: opening it fences every other, and aborts what that
// had begun. One thread.
//
// Every call answers with what can be done about it (see Remedy); calls that block do so for
// Patience::kCallMax, then say kRepeat.
class Committer {
 public:
  // Errors: Client::Create's. Reaches no broker.
  static absl::StatusOr<std::unique_ptr<Committer>> Create(const Options& options,
                                                           const std::string& identity,
                                                           std::vector<OutputTopic> topics);

  // Whatever is on its way is not waited for. Waits for librdkafka's threads, never for a broker.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // Once, before all else: takes the identity.
  Failure Init();

  Failure Begin();
  // Sends, or queues up to be sent.
  Failure Produce(const OutputRecord& record);
  // The group's positions, with the mark as metadata: `marks` beside `places`.
  Failure SendOffsets(const std::string& group, absl::Span<const Place> places,
                      absl::Span<const CommitMark> marks);
  // Returns once the broker has answered for every record.
  Failure Flush();
  // kNone: all of it happened, and every record was kept.
  Failure Commit();
  // kNone: nothing of it happened, and no record of it is held any more.
  Failure Abort();

  // The offset of the last record of the committed transaction in each topic, by index; -1: none,
  // or the broker did not tell.
  const std::vector<int64_t>& last_offsets() const { return last_offsets_; }

  std::string LastComplaint() const { return client_->LastComplaint(); }

 private:
  explicit Committer(std::vector<OutputTopic> topics) : topics_(std::move(topics)) {}

  void OnDelivery(const rd_kafka_message_t& message);

  std::vector<OutputTopic> topics_;
  std::vector<int64_t> last_offsets_;
  uint64_t undelivered_ = 0;  // Records that the broker has not answered for.
  uint64_t refused_ = 0;      // That were not kept.
  rd_kafka_resp_err_t first_refusal_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::unique_ptr<Client> client_;
  std::vector<TopicHandle> handles_;  // Of topics_. Go before the client.
};

}  // namespace sluice::kafka
