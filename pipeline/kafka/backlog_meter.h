#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "pipeline/base/clock.h"
#include "pipeline/kafka/client.h"
#include "pipeline/kafka/progress.h"
#include "pipeline/kafka/reader.h"
#include "pipeline/kafka/record_sizes.h"
#include "pipeline/log/log.h"

namespace sluice::kafka {

// When a partition came to have its offsets, as far as it was looked at: brokers tell ends, not
// ages. Not thread-safe.
class EndHistory {
 public:
  static constexpr size_t kSamplesMax = 128;

  void Note(absl::Time now, int64_t end);
  // How long ago, at least, the record at `offset` was appended; zero where it is not there yet.
  absl::Duration Age(absl::Time now, int64_t offset) const;
  size_t size() const { return samples_.size(); }  // At most kSamplesMax.

 private:
  struct Sample {
    absl::Time time;
    int64_t end = 0;
  };
  std::vector<Sample> samples_;  // Ends rise.
};

// Measures what a stage has not read yet: what its group has committed against where the topics
// end. Any thread.
class BacklogMeter {
 public:
  // All outlive it.
  BacklogMeter(const Options& options, const Client& client, const base::Clock& clock,
               const RecordSizes& sizes, const Progress& progress)
      : options_(&options),
        client_(&client),
        clock_(&clock),
        sizes_(&sizes),
        progress_(&progress) {}

  //   kUnavailable: the brokers did not answer within Patience::kCallMax. kFailedPrecondition: not
  //   allowed.
  absl::StatusOr<std::vector<log::Backlog>> Measure(const log::Spec& spec);

 private:
  // A consumer of the group, which is assigned nothing. The administrator's own call for a group's
  // offsets, ListConsumerGroupOffsets, ends the process where the coordinator goes away meanwhile
  // (librdkafka 4605).
  absl::StatusOr<const Client*> MemberOf(const std::string& group);
  // Negative: nothing committed.
  absl::StatusOr<std::vector<int64_t>> CommittedOffsets(const std::string& group,
                                                        const std::vector<Place>& places);
  // `which`: RD_KAFKA_OFFSET_BEGINNING or RD_KAFKA_OFFSET_END.
  absl::StatusOr<std::vector<int64_t>> Offsets(const std::vector<Place>& places,
                                               int64_t which) const;

  const Options* options_;    // Not owned.
  const Client* client_;      // Not owned.
  const base::Clock* clock_;  // Not owned.
  const RecordSizes* sizes_;  // Not owned.
  const Progress* progress_;  // Not owned.
  absl::Mutex mutex_;
  std::map<std::string, std::unique_ptr<Client>> members_ ABSL_GUARDED_BY(mutex_);  // By group.
  std::map<std::pair<std::string, int32_t>, EndHistory> histories_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sluice::kafka
