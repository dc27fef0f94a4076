#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/kafka/client.h"
#include "pipeline/kafka/handles.h"
#include "pipeline/kafka/record_sizes.h"
#include "pipeline/log/log.h"

namespace sluice::kafka {

// Appends outside transactions, idempotently. Answers come from a thread of librdkafka's.
class Appender final : public log::Appender {
 public:
  // Topics are there. Both outlive it.  Errors: Client::Create's.
  static absl::StatusOr<std::unique_ptr<Appender>> Create(const Options& options,
                                                          RecordSizes& sizes);
  // Waits for what is in flight, append_wait_max at most; what then has no answer gets
  // kUnavailable.
  ~Appender() override;

  //   kUnavailable: not kept within append_wait_max; it may be, later.
  void Append(std::string_view topic, std::string_view key, std::string value,
              absl::AnyInvocable<void(absl::Status)> durable) override;

 private:
  struct InFlight;

  Appender(const Options& options, RecordSizes& sizes) : options_(&options), sizes_(&sizes) {}

  absl::Status Send(InFlight& record);
  void OnDelivery(const rd_kafka_message_t& message);

  const Options* options_;         // Not owned.
  RecordSizes* sizes_;             // Not owned.
  std::atomic<size_t> bytes_ = 0;  // In flight.
  std::unique_ptr<Client> client_;
  std::vector<TopicHandle>
      topics_;  // Of pipeline/log/topics.h, in its order. Go before the client.
};

}  // namespace sluice::kafka
