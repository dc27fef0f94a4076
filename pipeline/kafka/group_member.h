#pragma once

#include <functional>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pipeline/kafka/client.h"
#include "pipeline/kafka/failure.h"
#include "pipeline/kafka/handles.h"
#include "pipeline/kafka/options.h"
#include "pipeline/log/log.h"

namespace sluice::kafka {

// A member of a consumer group that reads nothing: it is only told which partitions of a stage's
// input are its process's to run. The group assigns them cooperatively and stickily (KIP-429): a
// shard stays with its process for as long as that is there, and moves only once it is closed.
//
// The group is `<prefix><stage>.members`, beside the one that has the stage's positions: brokers
// would refuse positions of a group with members that do not come from one of them.
class GroupMember final : public log::Membership {
 public:
  // Has the topics made and looked at, before the group is joined.
  using Prepare = std::function<absl::Status(const std::stop_token& stop)>;

  // Returns at once; see log::Log::Join. `options` outlives it.
  static absl::StatusOr<std::unique_ptr<GroupMember>> Join(const Options& options,
                                                           const log::Spec& spec, Prepare prepare,
                                                           log::SharesChanged changed);
  // Leaves the group, waiting for its coordinator kLeaveMax at most.
  ~GroupMember() override;

 private:
  static constexpr absl::Duration kLeaveMax = absl::Seconds(5);

  GroupMember(std::unique_ptr<Client> client, std::string who, std::string topic, Prepare prepare,
              log::SharesChanged changed);

  void Run(const std::stop_token& stop);
  // False: stopped, or no new attempt mends it.
  bool Subscribe(const std::stop_token& stop);
  // One event, if one comes within `wait`.
  void Serve(absl::Duration wait);
  void Rebalance(rd_kafka_event_t* event);
  void Leave();
  // Tells why the shards cannot be told.
  void Complain(const Failure& failure);

  const std::unique_ptr<Client> client_;
  const QueueHandle queue_;  // The consumer's. Goes before the client.
  const std::string who_;
  const std::string topic_;
  const Prepare prepare_;
  log::SharesChanged changed_;
  std::set<log::Partition> owned_;  // The thread's.
  std::jthread thread_;
};

}  // namespace sluice::kafka
