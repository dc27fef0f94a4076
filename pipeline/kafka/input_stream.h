#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "pipeline/base/clock.h"
#include "pipeline/kafka/inputs.h"
#include "pipeline/kafka/options.h"
#include "pipeline/kafka/reader.h"
#include "pipeline/kafka/record_sizes.h"
#include "pipeline/log/log.h"

namespace sluice::kafka {

// What a worker or a replica reads: polls records as log::Worker::Poll does, and knows how much is
// left. One thread, but for Wake and position.
class InputStream {
 public:
  // What all streams of a log share; outlives them.
  struct Base {
    const Options* options = nullptr;
    const base::Clock* clock = nullptr;
    RecordSizes* sizes = nullptr;
  };
  struct Identity {
    std::string who;    // For people: "dedupe.0".
    std::string group;  // Holds its positions; empty: a replica, which keeps them itself.
  };

  // Goes on reading where `inputs` stand. `ends` are those of the inputs, as far as known.
  static absl::StatusOr<std::unique_ptr<InputStream>> Open(const Base& base, Identity identity,
                                                           std::unique_ptr<Reader> reader,
                                                           std::vector<Inputs::Input> inputs,
                                                           absl::Span<const int64_t> ends,
                                                           std::stop_token stop);

  // As log::Worker::Poll. `settle` is called where nothing has come for a while and more could be
  // committed than is.
  absl::StatusOr<std::vector<log::Record>> Poll(const log::Limits& limits, absl::Time deadline,
                                                absl::FunctionRef<absl::Status()> settle);
  // Why nothing goes on: what Poll or a commit has failed with. OK: it goes on.
  const absl::Status& over() const { return over_; }
  // Returns `status`, of a commit; where it is not OK, nothing goes on.
  absl::Status Conclude(absl::Status status);
  void Wake();
  log::Worker::Position position() const;

  const Inputs& inputs() const { return inputs_; }
  Reader& reader() { return *reader_; }

  // The oldest `count` handed out are consumed, and that is committed.
  void Committed(size_t count);

 private:
  InputStream(const Base& base, Identity identity, std::unique_ptr<Reader> reader, Inputs inputs,
              absl::Span<const int64_t> ends, std::stop_token stop);

  absl::StatusOr<std::vector<log::Record>> PollOnce(const log::Limits& limits, absl::Time deadline,
                                                    absl::FunctionRef<absl::Status()> settle);
  // Where there is something to read: has the oldest record ready, to know how old it is.
  void LookAhead();
  // Hands out a record; false: it is over the limits and is kept for the next Poll.
  bool HandOut(MessageHandle message, const log::Limits& limits, size_t& bytes,
               std::vector<log::Record>& records);
  // kOutOfRange: that the position is not in the log, and what can be done.
  absl::Status Outside(const rd_kafka_message_t& message);
  // How long nothing may come before Poll looks up.
  absl::Duration Pause(absl::Time deadline) const;
  // What position tells of a partition.
  struct Unread {
    std::string topic;  // Without the prefix.
    std::string name;
    int32_t partition = 0;
    int64_t consumed = 0;
    int64_t end = 0;   // When opened.
    absl::Time since;  // What is unread is not older.
  };
  int64_t End(const Unread& unread) const;
  void Publish();

  Base base_;
  const Identity identity_;
  const std::stop_token stop_;
  std::unique_ptr<Reader> reader_;
  Inputs inputs_;
  std::vector<MessageHandle> polled_;  // What the last Poll's views look at.
  MessageHandle held_;                 // Read, and over the last Poll's limits.
  absl::Time idle_since_;              // When the last record was handed out, or `settle` called.
  absl::Status pending_;               // Found out behind records that were handed out first.
  absl::Status over_;

  mutable absl::Mutex mutex_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Unread> unread_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Time> oldest_known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sluice::kafka
