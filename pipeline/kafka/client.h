#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "pipeline/kafka/handles.h"
#include "pipeline/kafka/options.h"

namespace sluice::kafka {

// Whether librdkafka takes a property of log.kafka.properties. kFailedPrecondition: it knows none
// of that name, or refuses the value, which may be a secret and is not told.
absl::Status CheckProperty(const std::string& name, const std::string& value);

// One librdkafka client with our settings, and the operator's. Any thread.
class Client {
 public:
  enum class Role {
    kReader,         // Committed records, from assigned partitions.
    kMember,         // Of a group, without reading.
    kCommitter,      // Transactions.
    kAppender,       // Records outside transactions, idempotent.
    kAdministrator,  // Topics and offsets.
  };
  // An identity such as group.id, by librdkafka's names.
  using Settings = std::vector<std::pair<std::string, std::string>>;
  // Called for every record that was handed over: by the thread that polls; an appender's by
  // librdkafka's background thread.
  using OnDelivery = std::function<void(const rd_kafka_message_t&)>;

  // kFailedPrecondition: a property of the options is unknown or its value refused. Reaches no
  // broker.
  static absl::StatusOr<std::unique_ptr<Client>> Create(Role role, const Options& options,
                                                        const Settings& identity,
                                                        OnDelivery on_delivery = nullptr);
  // Waits for librdkafka's threads, never for a broker.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  rd_kafka_t* get() const { return client_; }

  // A record to be sent. Views live until it is delivered.
  struct Message {
    rd_kafka_topic_t* topic = nullptr;
    int32_t partition = 0;
    std::string_view key = {};
    std::optional<std::string_view> value = {};  // Empty: a tombstone.
    rd_kafka_headers_t* headers = nullptr;       // Taken over, if all is well.
    void* opaque = nullptr;                      // For OnDelivery, as `_private`.
  };
  // Queues it up; copies nothing.
  rd_kafka_resp_err_t Produce(const Message& message) const;

  // A topic (with the prefix) to produce to. Does not outlive the client.  kFailedPrecondition: no
  // name of a topic.
  absl::StatusOr<TopicHandle> Topic(const std::string& name, bool compressed) const;

  // librdkafka's last complaint about a connection, such as "Connect to ... refused", to add to
  // errors that say only that time ran out. Empty: none in the last minute.
  std::string LastComplaint() const;

 private:
  Client(const Options& options, OnDelivery on_delivery);

  static void OnLog(const rd_kafka_t* client, int level, const char* facility, const char* line);
  static void OnDeliveryReport(rd_kafka_t* client, const rd_kafka_message_t* message, void* opaque);
  static void OnBackgroundEvent(rd_kafka_t* client, rd_kafka_event_t* event, void* opaque);

  rd_kafka_t* client_ = nullptr;
  std::function<void(int, std::string_view)> on_log_;
  OnDelivery on_delivery_;
  mutable absl::Mutex mutex_;
  std::string complaint_ ABSL_GUARDED_BY(mutex_);
  absl::Time complained_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace sluice::kafka
