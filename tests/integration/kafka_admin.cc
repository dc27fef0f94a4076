#include "tests/integration/kafka_admin.h"

#include <librdkafka/rdkafka.h>

#include <functional>
#include <string_view>

namespace sluice::integration {
namespace {

absl::Status Failed(std::string_view doing, const char* why) {
  return absl::UnavailableError(std::string(doing) + ": " + (why == nullptr ? "?" : why));
}

// Makes a client, has `call` ask something of it, and hands the answer to `check`.
absl::Status Ask(const std::string& bootstrap, std::string_view doing,
                 const std::function<void(rd_kafka_t*, rd_kafka_queue_t*)>& call,
                 const std::function<absl::Status(rd_kafka_event_t*)>& check) {
  char words[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap.c_str(), words, sizeof(words));
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof(words));
  if (client == nullptr) return Failed(doing, words);
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client);
  call(client, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 60000);
  absl::Status status;
  if (event == nullptr) {
    status = Failed(doing, "no answer");
  } else if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    status = Failed(doing, rd_kafka_event_error_string(event));
  } else {
    status = check(event);
  }
  if (event != nullptr) rd_kafka_event_destroy(event);
  rd_kafka_queue_destroy(queue);
  rd_kafka_destroy(client);
  return status;
}

}  // namespace

absl::Status DeleteRecordsBefore(const std::string& bootstrap, const std::string& topic,
                                 uint32_t partition, uint64_t offset) {
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), static_cast<int32_t>(partition))->offset =
      static_cast<int64_t>(offset);
  rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(list);
  rd_kafka_topic_partition_list_destroy(list);
  absl::Status status = Ask(
      bootstrap, "deleting records",
      [&](rd_kafka_t* client, rd_kafka_queue_t* queue) {
        rd_kafka_DeleteRecords(client, &request, 1, nullptr, queue);
      },
      [](rd_kafka_event_t* event) {
        const rd_kafka_topic_partition_list_t* offsets =
            rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event));
        const rd_kafka_resp_err_t code = offsets->elems[0].err;
        return code == RD_KAFKA_RESP_ERR_NO_ERROR
                   ? absl::OkStatus()
                   : Failed("deleting records", rd_kafka_err2str(code));
      });
  rd_kafka_DeleteRecords_destroy(request);
  return status;
}

absl::Status CreateTopic(const std::string& bootstrap, const std::string& topic, int partitions,
                         const std::map<std::string, std::string>& configs) {
  char words[256];
  rd_kafka_NewTopic_t* request =
      rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, words, sizeof(words));
  for (const auto& [name, value] : configs) {
    rd_kafka_NewTopic_set_config(request, name.c_str(), value.c_str());
  }
  absl::Status status = Ask(
      bootstrap, "making a topic",
      [&](rd_kafka_t* client, rd_kafka_queue_t* queue) {
        rd_kafka_CreateTopics(client, &request, 1, nullptr, queue);
      },
      [](rd_kafka_event_t* event) {
        size_t count = 0;
        const rd_kafka_topic_result_t** results =
            rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
        const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[0]);
        return code == RD_KAFKA_RESP_ERR_NO_ERROR
                   ? absl::OkStatus()
                   : Failed("making a topic", rd_kafka_err2str(code));
      });
  rd_kafka_NewTopic_destroy(request);
  return status;
}

std::map<std::string, std::string> TopicConfigs(const std::string& bootstrap,
                                                const std::string& topic) {
  std::map<std::string, std::string> configs;
  rd_kafka_ConfigResource_t* request =
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
  Ask(
      bootstrap, "describing a topic",
      [&](rd_kafka_t* client, rd_kafka_queue_t* queue) {
        rd_kafka_DescribeConfigs(client, &request, 1, nullptr, queue);
      },
      [&](rd_kafka_event_t* event) {
        size_t count = 0;
        const rd_kafka_ConfigResource_t** resources = rd_kafka_DescribeConfigs_result_resources(
            rd_kafka_event_DescribeConfigs_result(event), &count);
        const rd_kafka_ConfigEntry_t** entries =
            rd_kafka_ConfigResource_configs(resources[0], &count);
        for (size_t i = 0; i < count; ++i) {
          const char* value = rd_kafka_ConfigEntry_value(entries[i]);
          configs[rd_kafka_ConfigEntry_name(entries[i])] = value == nullptr ? "" : value;
        }
        return absl::OkStatus();
      })
      .IgnoreError();  // Without an answer there is nothing in it.
  rd_kafka_ConfigResource_destroy(request);
  return configs;
}

absl::Status DeleteGroup(const std::string& bootstrap, const std::string& group) {
  rd_kafka_DeleteGroup_t* request = rd_kafka_DeleteGroup_new(group.c_str());
  absl::Status status = Ask(
      bootstrap, "deleting a group",
      [&](rd_kafka_t* client, rd_kafka_queue_t* queue) {
        rd_kafka_DeleteGroups(client, &request, 1, nullptr, queue);
      },
      [](rd_kafka_event_t* event) {
        size_t count = 0;
        const rd_kafka_group_result_t** results =
            rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &count);
        const rd_kafka_error_t* error = rd_kafka_group_result_error(results[0]);
        return error == nullptr ? absl::OkStatus()
                                : Failed("deleting a group", rd_kafka_error_string(error));
      });
  rd_kafka_DeleteGroup_destroy(request);
  return status;
}

absl::Status MoveGroup(const std::string& bootstrap, const std::string& group,
                       const std::string& topic, int32_t partition, int64_t offset) {
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset = offset;
  rd_kafka_AlterConsumerGroupOffsets_t* request =
      rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), list);
  rd_kafka_topic_partition_list_destroy(list);
  absl::Status status = Ask(
      bootstrap, "moving a group",
      [&](rd_kafka_t* client, rd_kafka_queue_t* queue) {
        rd_kafka_AlterConsumerGroupOffsets(client, &request, 1, nullptr, queue);
      },
      [](rd_kafka_event_t* event) {
        size_t count = 0;
        const rd_kafka_group_result_t* result = rd_kafka_AlterConsumerGroupOffsets_result_groups(
            rd_kafka_event_AlterConsumerGroupOffsets_result(event), &count)[0];
        const rd_kafka_error_t* error = rd_kafka_group_result_error(result);
        if (error != nullptr) return Failed("moving a group", rd_kafka_error_string(error));
        const rd_kafka_resp_err_t code = rd_kafka_group_result_partitions(result)->elems[0].err;
        return code == RD_KAFKA_RESP_ERR_NO_ERROR
                   ? absl::OkStatus()
                   : Failed("moving a group", rd_kafka_err2str(code));
      });
  rd_kafka_AlterConsumerGroupOffsets_destroy(request);
  return status;
}

}  // namespace sluice::integration
