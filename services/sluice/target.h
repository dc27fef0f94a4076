#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/base/clock.h"
#include "pipeline/http/server.h"
#include "pipeline/log/log.h"
#include "pipeline/rpc/executor.h"
#include "pipeline/rpc/server.h"
#include "pipeline/runtime/stage_plan.h"
#include "services/sluice/admin_rpc.h"
#include "sluice/config/v1/config.pb.h"
#include "sluice/data/v1/source_health.pb.h"

namespace prometheus {
class Registry;
}

namespace sluice::cli {

// What a process lends its targets; all of it outlives them.
struct TargetBase {
  const config::v1::Config& config;
  std::string config_directory;  // Paths in the configuration are relative to it.
  log::Log& log;
  log::Appender& appender;
  const base::Clock& clock;
  rpc::Executor& disk;
  prometheus::Registry& registry;
  std::function<absl::Status()> admit;  // Whether input may come in. Any thread.
};

// A service and where it is hosted: at grpc.admin_listen, or at grpc.listen for everybody.
struct TargetService {
  rpc::Server::Hosted hosted;
  bool admin = true;
};

// One stage of the program as a process runs it: its shards, its services, its pages. Lives as long
// as the process.
class Target {
 public:
  virtual ~Target() = default;

  virtual std::vector<runtime::StagePlan> Plans() = 0;
  virtual std::vector<TargetService> Services() = 0;
  virtual std::vector<http::Route> Routes() { return {}; }
  // Dead letters, where the target keeps them; otherwise empty.
  virtual AdminRpc::FindDeadLetters DeadLetters() { return nullptr; }
  // How the sources do, where the target keeps that; otherwise empty.
  using SourceList = std::function<absl::StatusOr<std::vector<data::v1::SourceHealth>>()>;
  virtual SourceList Sources() { return nullptr; }
  // Ends its streams before the servers shut down.
  virtual void Drain() {}
};

// A kind of target. The specs of its shards are known without making one.
struct TargetKind {
  std::string_view name;              // As in --target.
  std::vector<log::Spec> (*specs)();  // Of its shards, replicas apart.
  // Checks its part of the configuration without running anything. Errors as `make`'s.
  absl::Status (*check)(const config::v1::Config& config, const std::string& config_directory);
  bool takes_submissions;  // A process that runs it hosts FetchService.
  bool reads_input;        // What it has yet to read holds back new input.
  // kInvalidArgument: its part of the configuration is wrong; the message names key and value.
  absl::StatusOr<std::unique_ptr<Target>> (*make)(const TargetBase& base);
};

// FetchService, which only appends to the log: fetch hosts it, and so does the feed, which knows
// how the sources do. `sources` is what ListSources answers. Errors as those of MakeFetchTarget.
absl::StatusOr<std::unique_ptr<Target>> MakeSubmissionTarget(const TargetBase& base,
                                                             Target::SourceList sources);
absl::StatusOr<std::unique_ptr<Target>> MakeFetchTarget(const TargetBase& base);
absl::StatusOr<std::unique_ptr<Target>> MakeDeboilerplateTarget(const TargetBase& base);
absl::StatusOr<std::unique_ptr<Target>> MakeDedupeTarget(const TargetBase& base);
absl::StatusOr<std::unique_ptr<Target>> MakeClassifyRelevanceTarget(const TargetBase& base);
absl::StatusOr<std::unique_ptr<Target>> MakeFeedTarget(const TargetBase& base);

absl::Status CheckFetch(const config::v1::Config& config, const std::string& config_directory);
absl::Status CheckDeboilerplate(const config::v1::Config& config,
                                const std::string& config_directory);
absl::Status CheckDedupe(const config::v1::Config& config, const std::string& config_directory);
absl::Status CheckClassifyRelevance(const config::v1::Config& config,
                                    const std::string& config_directory);
absl::Status CheckFeed(const config::v1::Config& config, const std::string& config_directory);

// All of them, in the order of the flow.
const std::vector<TargetKind>& TargetKinds();

}  // namespace sluice::cli
