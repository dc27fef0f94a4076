#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "pipeline/kafka/client.h"
#include "pipeline/kafka/failure.h"
#include "pipeline/kafka/handles.h"
#include "pipeline/kafka/record_sizes.h"
#include "pipeline/log/log.h"

namespace sluice::kafka {

// Appends outside transactions, idempotently. Answers come from a thread of librdkafka's. A client
// that a broker has broken (a sequence number that it does not know, say) is made anew by the next
// Append: what was in flight is answered by the old one, which goes then.
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
  struct Session;

  Appender(const Options& options, RecordSizes& sizes);

  absl::StatusOr<std::unique_ptr<Session>> Connect();
  absl::Status Send(InFlight& record) ABSL_LOCKS_EXCLUDED(mutex_);
  Failure Produce(InFlight& record) ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // Another session, if the one there is is broken.
  absl::Status Renew() ABSL_LOCKS_EXCLUDED(mutex_);
  // Destroys the sessions that Renew leaves behind: they wait for answers, which no Append may.
  void Retire() ABSL_LOCKS_EXCLUDED(mutex_);
  void OnDelivery(const Session& session, const rd_kafka_message_t& message);

  const Options* options_;         // Not owned.
  RecordSizes* sizes_;             // Not owned.
  std::atomic<size_t> bytes_ = 0;  // In flight.
  absl::Mutex mutex_;
  std::unique_ptr<Session> session_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Session> broken_ ABSL_GUARDED_BY(mutex_);  // For Retire.
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::jthread retiring_;  // Last: it ends before the rest goes.
};

}  // namespace sluice::kafka
