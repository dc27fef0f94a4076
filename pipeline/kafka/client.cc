#include "pipeline/kafka/client.h"

#include <array>
#include <string_view>

#include "absl/time/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/kafka/failure.h"
#include "pipeline/kafka/limits.h"

namespace sluice::kafka {
namespace {

struct Setting {
  const char* name;
  std::string value;
  bool newer = false;  // Than librdkafka 2.0: left out where unknown.
};

// What an operator may set otherwise. Measured with librdkafka 2.0.2 against Kafka 3.9 and 4.3.
std::vector<Setting> Defaults(Client::Role role) {
  std::vector<Setting> settings = {
      {"client.id", "sluice"},
      {"log.connection.close", "false"},
      {"socket.nagle.disable", "true"},
      {"socket.keepalive.enable", "true"},
      {"reconnect.backoff.max.ms", "1000"},
      {"enable.metrics.push", "false", true},
      // To begin anew from the bootstrap servers whenever all brokers are away drops the group's
      // coordinator, and an offset commit that waits for it never returns (librdkafka issue 5511).
      {"metadata.recovery.strategy", "none", true},
  };
  const auto add = [&settings](std::initializer_list<Setting> more) {
    settings.insert(settings.end(), more);
  };
  switch (role) {
    case Client::Role::kReader:
      // 500, the default, gave a p99 of 459 ms over four hops.
      add({{"fetch.wait.max.ms", "100"},
           {"fetch.error.backoff.ms", "100"},
           // A full queue is looked at again after a second, so that it bounds the bytes read a
           // second; newer libraries are told how soon.
           {"queued.min.messages", "100000"},
           {"queued.max.messages.kbytes", "32768"},
           {"fetch.queue.backoff.ms", "10", true}});
      break;
    case Client::Role::kMember:
      // Of a process that dies, which says nothing, the shards stand still for so long.
      add({{"session.timeout.ms", "15000"}, {"heartbeat.interval.ms", "1000"}});
      break;
    case Client::Role::kCommitter:
      // A transaction that follows another at once is first told that the other is not over: 100,
      // the default, costs as much.
      add({{"retry.backoff.ms", "5"},
           {"retry.backoff.max.ms", "100", true},
           {"linger.ms", "5"},
           {"queue.buffering.max.messages", "1000000"}});
      break;
    case Client::Role::kAppender:
      // What comes while requests are in flight gathers by itself; to wait for more only costs
      // time.
      add({{"linger.ms", "0"}});
      break;
    case Client::Role::kAdministrator:
      break;
  }
  return settings;
}

// What correctness rests on.
std::vector<Setting> Owned(Client::Role role, const Options& options) {
  std::vector<Setting> settings = {{"bootstrap.servers", options.bootstrap_servers}};
  const auto add = [&settings](std::initializer_list<Setting> more) {
    settings.insert(settings.end(), more);
  };
  const std::string message_bytes_max = std::to_string(kMessageBytesMax);
  switch (role) {
    case Client::Role::kReader:
      add({{"isolation.level", "read_committed"},
           {"enable.auto.commit", "false"},
           {"enable.auto.offset.store", "false"},
           {"enable.partition.eof", "true"},
           // A position that retention has passed is an error, never a silent jump.
           {"auto.offset.reset", "error"}});
      break;
    case Client::Role::kMember:
      add({{"partition.assignment.strategy", "cooperative-sticky"},
           {"enable.auto.commit", "false"},
           {"enable.auto.offset.store", "false"},
           {"auto.offset.reset", "latest"}});
      break;
    case Client::Role::kCommitter:
      // 15000 turned every restart of the broker into a fenced shard.
      add({{"transaction.timeout.ms", "60000"}, {"message.max.bytes", message_bytes_max}});
      break;
    case Client::Role::kAppender:
      add({{"enable.idempotence", "true"},
           {"message.max.bytes", message_bytes_max},
           {"message.timeout.ms",
            std::to_string(absl::ToInt64Milliseconds(options.append_wait_max))}});
      break;
    case Client::Role::kAdministrator:
      add({{"isolation.level", "read_committed"}});
      break;
  }
  return settings;
}

absl::Status Set(rd_kafka_conf_t* conf, const Setting& setting) {
  std::array<char, 512> words{};
  const rd_kafka_conf_res_t result =
      rd_kafka_conf_set(conf, setting.name, setting.value.c_str(), words.data(), words.size());
  if (result == RD_KAFKA_CONF_OK || (result == RD_KAFKA_CONF_UNKNOWN && setting.newer)) {
    return absl::OkStatus();
  }
  return absl::InternalError(fmt::format("librdkafka {} refuses {}: {}", rd_kafka_version_str(),
                                         setting.name, words.data()));
}

// The value may be a secret: librdkafka's words, which repeat it, are not passed on.
absl::Status SetProperty(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  switch (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), nullptr, 0)) {
    case RD_KAFKA_CONF_OK:
      return absl::OkStatus();
    case RD_KAFKA_CONF_UNKNOWN:
      return absl::FailedPreconditionError(
          fmt::format("log.kafka.properties: librdkafka {} knows no property {}",
                      rd_kafka_version_str(), name));
    case RD_KAFKA_CONF_INVALID:
      break;
  }
  return absl::FailedPreconditionError(
      fmt::format("log.kafka.properties: the value of {} is not one that librdkafka {} takes", name,
                  rd_kafka_version_str()));
}

// librdkafka tells a null from an empty value by the pointer. It only reads.
void* Data(std::string_view bytes) { return const_cast<char*>(bytes.empty() ? "" : bytes.data()); }

}  // namespace

absl::Status CheckProperty(const std::string& name, const std::string& value) {
  const ConfHandle conf(rd_kafka_conf_new());
  return SetProperty(conf.get(), name, value);
}

Client::Client(const Options& options, OnDelivery on_delivery)
    : on_log_(options.on_log), on_delivery_(std::move(on_delivery)) {}

absl::StatusOr<std::unique_ptr<Client>> Client::Create(Role role, const Options& options,
                                                       const Settings& identity,
                                                       OnDelivery on_delivery) {
  std::unique_ptr<Client> result(new Client(options, std::move(on_delivery)));
  ConfHandle conf(rd_kafka_conf_new());
  for (const Setting& setting : Defaults(role)) {
    if (absl::Status status = Set(conf.get(), setting); !status.ok()) return status;
  }
  for (const auto& [name, value] : options.properties) {
    if (absl::Status status = SetProperty(conf.get(), name, value); !status.ok()) return status;
  }
  for (const Setting& setting : Owned(role, options)) {
    if (absl::Status status = Set(conf.get(), setting); !status.ok()) return status;
  }
  for (const auto& [name, value] : identity) {
    if (absl::Status status = Set(conf.get(), {name.c_str(), value}); !status.ok()) return status;
  }
  rd_kafka_conf_set_opaque(conf.get(), result.get());
  rd_kafka_conf_set_log_cb(conf.get(), &Client::OnLog);
  if (role == Role::kMember) {
    rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR);
  } else if (role == Role::kAppender) {
    rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR);
    rd_kafka_conf_set_background_event_cb(conf.get(), &Client::OnBackgroundEvent);
  } else if (result->on_delivery_ != nullptr) {
    rd_kafka_conf_set_dr_msg_cb(conf.get(), &Client::OnDeliveryReport);
  }
  std::array<char, 512> words{};
  const bool consumes = role == Role::kReader || role == Role::kMember;
  result->client_ = rd_kafka_new(consumes ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, conf.get(),
                                 words.data(), words.size());
  if (result->client_ == nullptr) {
    return absl::FailedPreconditionError(fmt::format(
        "librdkafka {} makes no client of log.kafka: {}", rd_kafka_version_str(), words.data()));
  }
  [[maybe_unused]] const rd_kafka_conf_t* taken = conf.release();  // The client's now.
  if (consumes) {
    // Records and all other events come by one queue.
    const rd_kafka_resp_err_t code = rd_kafka_poll_set_consumer(result->client_);
    const Failure failure = OfRead(code, "making a consumer");
    if (!failure.ok()) return absl::InternalError(failure.text);
  }
  if (role == Role::kAppender) {
    const QueueHandle main(rd_kafka_queue_get_main(result->client_));
    const QueueHandle background(rd_kafka_queue_get_background(result->client_));
    rd_kafka_queue_forward(main.get(), background.get());
  }
  return result;
}

Client::~Client() {
  // No goodbye to a group: it would wait for the broker, and a member has said it.
  if (client_ != nullptr) rd_kafka_destroy_flags(client_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

absl::StatusOr<TopicHandle> Client::Topic(const std::string& name, bool compressed) const {
  // As the client's: a fresh one would lose what is set by topic, such as message.timeout.ms.
  rd_kafka_topic_conf_t* conf = rd_kafka_default_topic_conf_dup(client_);
  std::array<char, 256> words{};
  if (rd_kafka_topic_conf_set(conf, "compression.codec", compressed ? "lz4" : "none", words.data(),
                              words.size()) != RD_KAFKA_CONF_OK) {
    rd_kafka_topic_conf_destroy(conf);
    return absl::InternalError(fmt::format("librdkafka {} refuses compression.codec: {}",
                                           rd_kafka_version_str(), words.data()));
  }
  TopicHandle topic(rd_kafka_topic_new(client_, name.c_str(), conf));
  if (topic == nullptr) {
    return absl::FailedPreconditionError(
        fmt::format("{} is no name of a topic: {}", name, rd_kafka_err2str(rd_kafka_last_error())));
  }
  return topic;
}

rd_kafka_resp_err_t Client::Produce(const Message& message) const {
  std::array<rd_kafka_vu_t, 6> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_RKT;
  parts[0].u.rkt = message.topic;
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = message.partition;
  parts[2].vtype = RD_KAFKA_VTYPE_KEY;
  parts[2].u.mem = {.ptr = Data(message.key), .size = message.key.size()};
  parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
  if (message.value.has_value()) {
    parts[3].u.mem = {.ptr = Data(*message.value), .size = message.value->size()};
  }
  parts[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[4].u.ptr = message.opaque;
  parts[5].vtype = RD_KAFKA_VTYPE_HEADERS;
  parts[5].u.headers = message.headers;
  const ErrorHandle error(rd_kafka_produceva(client_, parts.data(), parts.size()));
  return error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error.get());
}

std::string Client::LastComplaint() const {
  const absl::MutexLock lock(&mutex_);
  return absl::Now() - complained_ > absl::Minutes(1) ? "" : complaint_;
}

void Client::OnLog(const rd_kafka_t* client, int level, const char* facility, const char* line) {
  auto* self = static_cast<Client*>(rd_kafka_opaque(client));
  std::string_view words = line;
  // "[thrd:NAME]: " says nothing to an operator.
  if (words.starts_with("[thrd:")) {
    if (const size_t end = words.find("]: "); end != std::string_view::npos) {
      words.remove_prefix(end + 3);
    }
  }
  // An administrator is a producer by librdkafka's types, and yet asks for what is committed.
  const bool of_administrator = words.starts_with("Configuration property isolation.level");
  if (of_administrator && std::string_view(facility) == "CONFWARN") return;
  constexpr int kError = 3;
  if (level <= kError) {
    const absl::MutexLock lock(&self->mutex_);
    self->complaint_ = words;
    self->complained_ = absl::Now();
  }
  if (self->on_log_ != nullptr) self->on_log_(level, fmt::format("{}: {}", facility, words));
}

void Client::OnDeliveryReport(rd_kafka_t* /*client*/, const rd_kafka_message_t* message,
                              void* opaque) {
  static_cast<Client*>(opaque)->on_delivery_(*message);
}

void Client::OnBackgroundEvent(rd_kafka_t* /*client*/, rd_kafka_event_t* event, void* opaque) {
  const EventHandle owned(event);
  if (rd_kafka_event_type(event) != RD_KAFKA_EVENT_DR) return;
  while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event)) {
    static_cast<Client*>(opaque)->on_delivery_(*message);
  }
}

}  // namespace sluice::kafka
