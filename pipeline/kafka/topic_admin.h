#pragma once

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pipeline/kafka/client.h"
#include "pipeline/kafka/topic_plan.h"

namespace sluice::kafka {

// Looks at topics and makes them fit. Any thread. All calls: kUnavailable, the brokers cannot be
// reached now, or did not do it in time; kFailedPrecondition, they refuse; the message says what
// and why.
class TopicAdmin {
 public:
  // Both outlive it.
  TopicAdmin(const Options& options, const Client& client) : options_(&options), client_(&client) {}

  // Those of `topics` that exist, as they are. Without the right to see configs these are left
  // empty.
  absl::StatusOr<std::vector<TopicSettings>> Describe(absl::Span<const TopicSettings> topics) const;

  // What is to be done to `wanted`.
  absl::StatusOr<TopicPlan> Plan(absl::Span<const TopicSettings> wanted) const;

  // Makes and alters, and returns when every partition that was made has a leader and brokers, who
  // learn of it later than they answer, show what was altered. Changes of kind kRefuse are not
  // made.
  absl::Status Apply(const TopicPlan& plan) const;

 private:
  absl::Status Create(absl::Span<const TopicChange> changes) const;
  absl::Status Alter(const TopicChange& change) const;
  absl::Status AwaitLeaders(absl::Span<const TopicChange> changes) const;
  absl::Status AwaitConfigs(absl::Span<const TopicSettings> altered) const;
  absl::StatusOr<std::vector<TopicSettings>> DescribePartitions(
      absl::Span<const TopicSettings> topics) const;
  absl::Status DescribeConfigs(std::vector<TopicSettings>& topics, bool only_altered) const;

  const Options* options_;  // Not owned.
  const Client* client_;    // Not owned.
};

}  // namespace sluice::kafka
