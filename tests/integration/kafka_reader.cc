#include "tests/integration/kafka_reader.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <tuple>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace sluice::integration {
namespace {

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "reading Kafka: %s\n", what.c_str());
  std::exit(1);
}

struct Destroy {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};

std::unique_ptr<rd_kafka_t, Destroy> MakeConsumer(const std::string& bootstrap,
                                                  const char* isolation) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"bootstrap.servers", bootstrap.c_str()},
           {"group.id", "stranger"},
           {"enable.auto.commit", "false"},
           {"isolation.level", isolation},
           {"enable.partition.eof", "true"},
           {"fetch.wait.max.ms", "50"},
           {"log_level", "0"}}) {
    char words[256];
    if (rd_kafka_conf_set(conf, name, value, words, sizeof(words)) != RD_KAFKA_CONF_OK) Die(words);
  }
  char words[256];
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, words, sizeof(words));
  if (client == nullptr) Die(words);
  rd_kafka_poll_set_consumer(client);
  return std::unique_ptr<rd_kafka_t, Destroy>(client);
}

// Assigns all partitions from their beginnings, and returns how many there are.
int AssignAll(rd_kafka_t* client, const std::string& topic, absl::Time deadline) {
  for (;;) {
    const rd_kafka_metadata_t* metadata = nullptr;
    if (rd_kafka_metadata(client, 1, nullptr, &metadata, 5000) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      int partitions = 0;
      for (int i = 0; i < metadata->topic_cnt; ++i) {
        if (topic == metadata->topics[i].topic) partitions = metadata->topics[i].partition_cnt;
      }
      rd_kafka_metadata_destroy(metadata);
      if (partitions > 0) {
        rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(partitions);
        for (int p = 0; p < partitions; ++p) {
          rd_kafka_topic_partition_list_add(list, topic.c_str(), p)->offset =
              RD_KAFKA_OFFSET_BEGINNING;
        }
        rd_kafka_assign(client, list);
        rd_kafka_topic_partition_list_destroy(list);
        return partitions;
      }
    }
    if (absl::Now() > deadline) Die("there is no topic " + topic);
  }
}

// Where each partition ends, transactions that are not over yet included.
std::vector<int64_t> Ends(const std::string& bootstrap, const std::string& topic, int partitions,
                          absl::Time deadline) {
  const auto consumer = MakeConsumer(bootstrap, "read_uncommitted");
  std::vector<int64_t> ends;
  while (std::ssize(ends) < partitions) {
    int64_t low = 0;
    int64_t high = 0;
    if (rd_kafka_query_watermark_offsets(consumer.get(), topic.c_str(),
                                         static_cast<int32_t>(ends.size()), &low, &high,
                                         5000) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ends.push_back(high);
    } else if (absl::Now() > deadline) {
      Die("nobody tells the ends of " + topic);
    }
  }
  return ends;
}

std::string Bytes(const void* data, size_t size) {
  return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

}  // namespace

std::vector<SeenRecord> ReadCommitted(const std::string& bootstrap, const std::string& topic) {
  const absl::Time deadline = absl::Now() + absl::Minutes(1);
  const auto consumer = MakeConsumer(bootstrap, "read_committed");
  const int partitions = AssignAll(consumer.get(), topic, deadline);
  std::vector<bool> ended(static_cast<size_t>(partitions), false);
  // A broker answers a commit before it shows it.
  const std::vector<int64_t> ends = Ends(bootstrap, topic, partitions, deadline);
  std::vector<SeenRecord> seen;
  while (std::find(ended.begin(), ended.end(), false) != ended.end()) {
    if (absl::Now() > deadline) Die("no end of " + topic + " within a minute");
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer.get(), 100);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      const auto partition = static_cast<size_t>(message->partition);
      ended[partition] = message->offset >= ends[partition];
    } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
      rd_kafka_message_timestamp(message, &kind);
      seen.push_back({.partition = message->partition,
                      .offset = message->offset,
                      .broker_time = kind == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME,
                      .key = Bytes(message->key, message->key_len),
                      .value = Bytes(message->payload, message->len)});
    }
    rd_kafka_message_destroy(message);
  }
  std::sort(seen.begin(), seen.end(), [](const SeenRecord& a, const SeenRecord& b) {
    return std::tie(a.partition, a.offset) < std::tie(b.partition, b.offset);
  });
  return seen;
}

}  // namespace sluice::integration
