#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "pipeline/base/clock.h"
#include "pipeline/kafka/options.h"
#include "pipeline/kafka/topic_plan.h"
#include "pipeline/log/log.h"

namespace sluice::kafka {

// The Log over a Kafka cluster. What is committed is one transaction of the brokers'; local state
// is a copy that they can restore.
//
// Missing topics are made when first something is opened (unless told otherwise), and all topics
// are looked at then: one that would break a promise is refused, and what only differs is told of
// once. Opens wait for brokers that are away, for Options::open_wait_max. Options::on_waiting is
// told of both.
//
// A worker's state directory belongs to one process; two processes of one shard (which fence each
// other) need two.
class KafkaLog final : public log::Log {
 public:
  // Reaches no broker; `clock` outlives it.
  //   kFailedPrecondition: librdkafka refuses a property of the options.
  static absl::StatusOr<std::unique_ptr<KafkaLog>> Create(Options options,
                                                          const base::Clock& clock);
  ~KafkaLog() override;

  absl::StatusOr<std::unique_ptr<log::Worker>> OpenWorker(const log::Spec& spec,
                                                          log::Partition partition, log::Load load,
                                                          std::stop_token stop) override;
  absl::StatusOr<std::unique_ptr<log::Worker>> OpenReplica(const log::Spec& spec, log::Load load,
                                                           std::stop_token stop) override;
  absl::StatusOr<std::unique_ptr<log::Appender>> OpenAppender() override;
  absl::StatusOr<std::vector<log::Backlog>> Backlogs(const log::Spec& spec) override;
  log::Partition Partitions(std::string_view topic) const override;
  absl::StatusOr<std::unique_ptr<log::Membership>> Join(const log::Spec& spec,
                                                        log::SharesChanged changed) override;

  // What `sluice topics` would do to the topics of the pipeline and to the changelogs of `specs`.
  //   kUnavailable: no broker answers. kFailedPrecondition: not allowed.
  absl::StatusOr<TopicPlan> PlanTopics(absl::Span<const log::Spec> specs) const;
  // Does it. kFailedPrecondition, in the end: topics are left that it may not mend.
  absl::Status ApplyTopics(const TopicPlan& plan) const;

 private:
  struct Parts;

  explicit KafkaLog(std::unique_ptr<Parts> parts);

  static absl::Status CheckSpec(const log::Spec& spec);
  // Has the topics that `changelogs_of` needs made and checked, once.
  absl::Status EnsureTopics(std::string_view who, const log::Spec* changelogs_of,
                            const std::stop_token& stop) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status EnsureTopicsOnce(std::string_view who, const log::Spec* changelogs_of)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string NewOwner();

  std::unique_ptr<Parts> parts_;
  absl::Mutex mutex_;                                      // One open at a time looks at topics.
  std::set<std::string> checked_ ABSL_GUARDED_BY(mutex_);  // Topics.
  const std::string instance_;         // Unique to this log among all that ever were.
  std::atomic<uint64_t> workers_ = 0;  // Opened so far.
};

}  // namespace sluice::kafka
