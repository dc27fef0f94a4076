#include "pipeline/kafka/topic_admin.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/kafka/failure.h"
#include "pipeline/kafka/handles.h"
#include "pipeline/kafka/patience.h"

namespace sluice::kafka {
namespace {

// A broker that is there answers in milliseconds; making many topics on a busy one takes seconds.
constexpr absl::Duration kLookMax = absl::Seconds(5);
constexpr absl::Duration kChangeMax = absl::Seconds(30);
constexpr absl::Duration kAwaitInterval = absl::Milliseconds(20);

using AdminOptionsHandle = Handle<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using MetadataHandle = Handle<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using NewTopicHandle = Handle<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using ResourceHandle = Handle<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

absl::Status Failed(const Client& client, rd_kafka_resp_err_t code, std::string_view doing,
                    const char* words) {
  std::string text =
      fmt::format("{}: {}", doing, words != nullptr ? words : rd_kafka_err2str(code));
  const std::string complaint = client.LastComplaint();
  if (IsForbidden(code)) return absl::FailedPreconditionError(text);
  return absl::UnavailableError(complaint.empty() ? text : fmt::format("{} ({})", text, complaint));
}

// One call of the admin API: hands it options and a queue, and waits for what it answers.
template <typename Call>
absl::StatusOr<EventHandle> Ask(const Client& client, rd_kafka_admin_op_t kind, absl::Duration max,
                                std::string_view doing, Call call) {
  const AdminOptionsHandle options(rd_kafka_AdminOptions_new(client.get(), kind));
  std::array<char, 256> words{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), Milliseconds(max), words.data(),
                                            words.size());
  const QueueHandle queue(rd_kafka_queue_new(client.get()));
  call(options.get(), queue.get());
  // The answer comes even if no broker's does.
  EventHandle event(rd_kafka_queue_poll(queue.get(), -1));
  if (const rd_kafka_resp_err_t code = rd_kafka_event_error(event.get());
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Failed(client, code, doing, rd_kafka_event_error_string(event.get()));
  }
  return event;
}

absl::StatusOr<MetadataHandle> Metadata(const Client& client) {
  const rd_kafka_metadata_t* metadata = nullptr;
  // All topics: asking for one by name makes it, on brokers that make topics by themselves.
  const rd_kafka_resp_err_t code =
      rd_kafka_metadata(client.get(), 1, nullptr, &metadata, Milliseconds(Patience::kCallMax));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Failed(client, code, "looking at the brokers' topics", nullptr);
  }
  return MetadataHandle(metadata);
}

std::vector<rd_kafka_ConfigResource_t*> Pointers(const std::vector<ResourceHandle>& handles) {
  std::vector<rd_kafka_ConfigResource_t*> pointers;
  pointers.reserve(handles.size());
  for (const ResourceHandle& handle : handles) pointers.push_back(handle.get());
  return pointers;
}

bool HasLeaders(const rd_kafka_metadata_t& metadata, const TopicSettings& wanted) {
  rd_kafka_metadata_topic_t* const end = metadata.topics + metadata.topic_cnt;
  const auto* topic = std::find_if(metadata.topics, end, [&](const rd_kafka_metadata_topic_t& t) {
    return wanted.name == t.topic;
  });
  if (topic == end || topic->err != RD_KAFKA_RESP_ERR_NO_ERROR ||
      topic->partition_cnt < wanted.partitions) {
    return false;
  }
  return std::all_of(topic->partitions, topic->partitions + topic->partition_cnt,
                     [](const rd_kafka_metadata_partition_t& p) {
                       return p.leader >= 0 && p.err == RD_KAFKA_RESP_ERR_NO_ERROR;
                     });
}

}  // namespace

absl::StatusOr<std::vector<TopicSettings>> TopicAdmin::DescribePartitions(
    absl::Span<const TopicSettings> topics) const {
  absl::StatusOr<MetadataHandle> metadata = Metadata(*client_);
  if (!metadata.ok()) return metadata.status();
  std::vector<TopicSettings> found;
  for (int i = 0; i < (*metadata)->topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& topic = (*metadata)->topics[i];
    if (topic.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
        std::ranges::find(topics, std::string_view(topic.topic), &TopicSettings::name) ==
            topics.end()) {
      continue;
    }
    found.push_back({.name = topic.topic, .partitions = topic.partition_cnt, .configs = {}});
  }
  return found;
}

absl::Status TopicAdmin::DescribeConfigs(std::vector<TopicSettings>& topics,
                                         bool only_altered) const {
  if (topics.empty()) return absl::OkStatus();
  std::vector<ResourceHandle> resources;
  resources.reserve(topics.size());
  for (const TopicSettings& topic : topics) {
    resources.emplace_back(
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.name.c_str()));
  }
  std::vector<rd_kafka_ConfigResource_t*> pointers = Pointers(resources);
  absl::StatusOr<EventHandle> event = Ask(
      *client_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, kLookMax, "looking at topics' configs",
      [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        rd_kafka_DescribeConfigs(client_->get(), pointers.data(), pointers.size(), options, queue);
      });
  if (!event.ok()) return event.status();
  size_t count = 0;
  const rd_kafka_ConfigResource_t** described = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const std::string_view name = rd_kafka_ConfigResource_name(described[i]);
    const auto topic = std::ranges::find(topics, name, &TopicSettings::name);
    const rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(described[i]);
    if (topic == topics.end() || IsForbidden(code)) continue;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return Failed(*client_, code, fmt::format("looking at the configs of {}", name),
                    rd_kafka_ConfigResource_error_string(described[i]));
    }
    size_t entries = 0;
    const rd_kafka_ConfigEntry_t** entry = rd_kafka_ConfigResource_configs(described[i], &entries);
    for (size_t j = 0; j < entries; ++j) {
      const char* value = rd_kafka_ConfigEntry_value(entry[j]);
      if (value == nullptr) continue;
      if (only_altered &&
          rd_kafka_ConfigEntry_source(entry[j]) != RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG) {
        continue;
      }
      topic->configs[rd_kafka_ConfigEntry_name(entry[j])] = value;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<TopicSettings>> TopicAdmin::Describe(
    absl::Span<const TopicSettings> topics) const {
  absl::StatusOr<std::vector<TopicSettings>> found = DescribePartitions(topics);
  if (!found.ok()) return found.status();
  if (absl::Status status = DescribeConfigs(*found, /*only_altered=*/false); !status.ok()) {
    return status;
  }
  return found;
}

absl::StatusOr<TopicPlan> TopicAdmin::Plan(absl::Span<const TopicSettings> wanted) const {
  absl::StatusOr<std::vector<TopicSettings>> found = Describe(wanted);
  if (!found.ok()) return found.status();
  return PlanTopics(wanted, *found);
}

absl::Status TopicAdmin::Apply(const TopicPlan& plan) const {
  std::vector<TopicChange> missing;
  std::vector<TopicSettings> altered;
  for (const TopicChange& change : plan.changes) {
    if (change.kind == TopicChange::Kind::kCreate) missing.push_back(change);
    if (change.kind == TopicChange::Kind::kAlter) {
      if (absl::Status status = Alter(change); !status.ok()) return status;
      altered.push_back(change.wanted);
    }
  }
  if (!missing.empty()) {
    if (absl::Status status = Create(missing); !status.ok()) return status;
    if (absl::Status status = AwaitLeaders(missing); !status.ok()) return status;
  }
  return AwaitConfigs(altered);
}

absl::Status TopicAdmin::Create(absl::Span<const TopicChange> changes) const {
  std::vector<NewTopicHandle> topics;
  std::vector<rd_kafka_NewTopic_t*> pointers;
  std::array<char, 256> words{};
  for (const TopicChange& change : changes) {
    const TopicSettings& wanted = change.wanted;
    topics.emplace_back(
        rd_kafka_NewTopic_new(wanted.name.c_str(), wanted.partitions,
                              options_->replication_factor == 0 ? -1 : options_->replication_factor,
                              words.data(), words.size()));
    if (topics.back() == nullptr) {
      return absl::FailedPreconditionError(
          fmt::format("topic {} cannot be made: {}", wanted.name, words.data()));
    }
    for (const auto& [name, value] : wanted.configs) {
      rd_kafka_NewTopic_set_config(topics.back().get(), name.c_str(), value.c_str());
    }
    pointers.push_back(topics.back().get());
  }
  absl::StatusOr<EventHandle> event =
      Ask(*client_, RD_KAFKA_ADMIN_OP_CREATETOPICS, kChangeMax, "making topics",
          [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
            rd_kafka_CreateTopics(client_->get(), pointers.data(), pointers.size(), options, queue);
          });
  if (!event.ok()) return event.status();
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
    // Another process was quicker: the plan after this one compares what it made.
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      continue;
    }
    const std::string doing =
        fmt::format("making topic {}", rd_kafka_topic_result_name(results[i]));
    const char* why = rd_kafka_topic_result_error_string(results[i]);
    if (code == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR ||
        code == RD_KAFKA_RESP_ERR_POLICY_VIOLATION || code == RD_KAFKA_RESP_ERR_INVALID_CONFIG ||
        code == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION) {
      return absl::FailedPreconditionError(
          fmt::format("{}: {}", doing, why != nullptr ? why : rd_kafka_err2str(code)));
    }
    return Failed(*client_, code, doing, why);
  }
  return absl::OkStatus();
}

absl::Status TopicAdmin::Alter(const TopicChange& change) const {
  // The request replaces all that was ever set for the topic: what others have set is sent along.
  std::vector<TopicSettings> altered = {{.name = change.wanted.name, .configs = {}}};
  if (absl::Status status = DescribeConfigs(altered, /*only_altered=*/true); !status.ok()) {
    return status;
  }
  std::map<std::string, std::string> configs = change.differing;
  configs.merge(altered.front().configs);
  const ResourceHandle resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, change.wanted.name.c_str()));
  for (const auto& [name, value] : configs) {
    rd_kafka_ConfigResource_set_config(resource.get(), name.c_str(), value.c_str());
  }
  rd_kafka_ConfigResource_t* pointer = resource.get();
  const std::string doing = fmt::format("altering topic {}", change.wanted.name);
  absl::StatusOr<EventHandle> event =
      Ask(*client_, RD_KAFKA_ADMIN_OP_ALTERCONFIGS, kChangeMax, doing,
          [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
            rd_kafka_AlterConfigs(client_->get(), &pointer, 1, options, queue);
          });
  if (!event.ok()) return event.status();
  size_t count = 0;
  const rd_kafka_ConfigResource_t** results = rd_kafka_AlterConfigs_result_resources(
      rd_kafka_event_AlterConfigs_result(event->get()), &count);
  for (size_t i = 0; i < count; ++i) {
    if (const rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(results[i]);
        code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return Failed(*client_, code, doing, rd_kafka_ConfigResource_error_string(results[i]));
    }
  }
  return absl::OkStatus();
}

absl::Status TopicAdmin::AwaitLeaders(absl::Span<const TopicChange> changes) const {
  const absl::Time deadline = absl::Now() + kChangeMax;
  for (;;) {
    absl::StatusOr<MetadataHandle> metadata = Metadata(*client_);
    if (!metadata.ok()) return metadata.status();
    const auto waiting = std::ranges::find_if(
        changes, [&](const TopicChange& change) { return !HasLeaders(**metadata, change.wanted); });
    if (waiting == changes.end()) return absl::OkStatus();
    if (absl::Now() >= deadline) {
      return absl::UnavailableError(
          fmt::format("topic {} was made and has no leader yet", waiting->wanted.name));
    }
    absl::SleepFor(kAwaitInterval);
  }
}

absl::Status TopicAdmin::AwaitConfigs(absl::Span<const TopicSettings> altered) const {
  const absl::Time deadline = absl::Now() + kChangeMax;
  for (;;) {
    absl::StatusOr<TopicPlan> left = Plan(altered);
    if (!left.ok()) return left.status();
    if (left->empty()) return absl::OkStatus();
    if (absl::Now() >= deadline) {
      return absl::UnavailableError(
          fmt::format("what was altered does not show yet: {}", left->Describe()));
    }
    absl::SleepFor(kAwaitInterval);
  }
}

}  // namespace sluice::kafka
