#include "services/sluice/process.h"

#include <prometheus/collectable.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/time/clock.h"
#include "pipeline/base/clock.h"
#include "pipeline/base/periodic.h"
#include "pipeline/base/strings.h"
#include "pipeline/base/version.h"
#include "pipeline/runtime/crash_guard.h"
#include "pipeline/runtime/pool.h"
#include "pipeline/runtime/stop_signals.h"
#include "pipeline/telemetry/event_log.h"
#include "pipeline/telemetry/process_metrics.h"
#include "services/sluice/heap.h"
#include "services/sluice/late_appender.h"
#include "services/sluice/open_log.h"
#include "services/sluice/port_metrics.h"
#include "services/sluice/ports.h"
#include "services/sluice/runtime_options.h"
#include "services/sluice/target.h"

namespace sluice::cli {
namespace {

constexpr absl::Duration kHealthInterval = absl::Milliseconds(200);
constexpr absl::Duration kTokensInterval = absl::Seconds(10);
constexpr absl::Duration kCallGrace = absl::Seconds(5);

absl::StatusOr<std::vector<const TargetKind*>> FindTargets(const std::vector<std::string>& names) {
  std::vector<const TargetKind*> found;
  std::string known = "all";
  for (const TargetKind& kind : TargetKinds()) {
    known += fmt::format(", {}", kind.name);
    if (std::ranges::find(names, "all") != names.end() ||
        std::ranges::find(names, kind.name) != names.end()) {
      found.push_back(&kind);
    }
  }
  for (const std::string& name : names) {
    const bool is_known =
        name == "all" ||
        std::ranges::find(TargetKinds(), name, &TargetKind::name) != TargetKinds().end();
    if (!is_known) {
      return absl::InvalidArgumentError(fmt::format("--target {}: is none of {}", name, known));
    }
  }
  return found;
}

// Tables keep many files open, and every host that is fetched from is a connection.
void RaiseFileLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<log::Spec> InputReaders() {
  std::vector<log::Spec> specs;
  for (const TargetKind& kind : TargetKinds()) {
    if (!kind.reads_input) continue;
    for (log::Spec& spec : kind.specs()) specs.push_back(std::move(spec));
  }
  return specs;
}

// A process, from the ground up: each member stands on those before it, and they end in the reverse
// order.
class Process {
 public:
  explicit Process(ProcessOptions options) : options_(std::move(options)) {}

  absl::Status Create() {
    absl::StatusOr<std::vector<const TargetKind*>> kinds = FindTargets(options_.targets);
    if (!kinds.ok()) return kinds.status();
    absl::StatusOr<RuntimeOptions> runtime_options =
        RuntimeOptions::Create(options_.config.runtime());
    if (!runtime_options.ok()) return runtime_options.status();
    absl::StatusOr<std::unique_ptr<Ports>> ports = Ports::Create(options_.config, port_metrics_);
    if (!ports.ok()) return ports.status();
    ports_ = *std::move(ports);
    absl::StatusOr<std::unique_ptr<log::Log>> log = OpenLog(options_.config.log(), clock_, events_);
    if (!log.ok()) return log.status();
    log_ = *std::move(log);
    if (absl::Status status = OpenCrashGuard(*runtime_options); !status.ok()) return status;
    pool_.emplace(runtime_options->threads);
    appender_.emplace(*log_, clock_);
    backpressure_.emplace(runtime_options->backpressure, *log_, clock_, InputReaders());
    supervisor_.emplace(runtime_options->supervisor,
                        runtime::ShardRunner::Base{.log = *log_,
                                                   .pool = *pool_,
                                                   .clock = clock_,
                                                   .events = events_,
                                                   .guard = guard_.get()},
                        registry_);
    return MakeTargets(*kinds);
  }

  absl::Status Listen() {
    std::vector<TargetService> services = {
        {.hosted = {service::v1::AdminService::service_full_name(), &*admin_}}};
    std::vector<http::Route> routes = {
        {"/metrics", [this](const http::Request&) { return Metrics(); }},
        {.path = "/livez",
         .handler = [](const http::Request&) { return http::Response{.body = "alive\n"}; },
         .probe = true},
        {.path = "/readyz",
         .handler = [this](const http::Request&) { return Readiness(); },
         .probe = true},
    };
    for (const std::unique_ptr<Target>& target : targets_) {
      for (const TargetService& service : target->Services()) services.push_back(service);
      std::ranges::move(ports_->Guard(target->Routes()), std::back_inserter(routes));
    }
    if (absl::Status status = ListenGrpc(services); !status.ok()) return status;
    absl::StatusOr<std::unique_ptr<http::Server>> http = http::Server::Create(
        {.listen = options_.config.http().listen(), .certificates = ports_->http_certificates()},
        std::move(routes));
    if (!http.ok()) return http.status();
    http_ = *std::move(http);
    const rpc::Server& admin_server = grpc_admin_ == nullptr ? *grpc_ : *grpc_admin_;
    events_.Info("serve.listening", {{"grpc", grpc_->address()},
                                     {"admin", admin_server.address()},
                                     {"http", http_->address()}});
    for (std::string& warning : ports_->Warnings()) {
      events_.Warning("serve.open", {{"why", std::move(warning)}});
    }
    return absl::OkStatus();
  }

  absl::Status Run(runtime::StopSignals& signals) {
    signals.Watch([this] { supervisor_->RequestDrain(); });
    supervisor_->Start();
    absl::Status status;
    {
      const base::Periodic health(clock_, kHealthInterval, [this] {
        TellHealth();
        if (rpc::Server::IsDeaf()) supervisor_->RequestDrain();
      });
      const base::Periodic tokens(clock_, kTokensInterval, [this] { ReloadTokens(); });
      status = supervisor_->Wait();
    }
    if (status.ok() && rpc::Server::IsDeaf()) {
      status = absl::ResourceExhaustedError(
          "the gRPC port takes no connections any more: the process had too many files open; raise "
          "its limit (ulimit -n, LimitNOFILE) and start it again");
    }
    if (!status.ok()) events_.Error("serve.failed", {{"status", status.ToString()}});
    events_.Info("serve.draining");
    ShutDown();
    const absl::Status drained = supervisor_->Drain();
    events_.Info("serve.stopped", {{"status", drained.ToString()}});
    if (!drained.ok()) {
      // A shard hangs: waiting for it in a destructor would make the bound on the drain worth
      // nothing. All that is not committed will be done again.
      std::_Exit(1);
    }
    return status;
  }

 private:
  absl::Status OpenCrashGuard(const RuntimeOptions& options) {
    const std::string directory = options.crash_guard_directory.empty()
                                      ? LogDirectory(options_.config.log())
                                      : options.crash_guard_directory;
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    absl::StatusOr<std::unique_ptr<runtime::CrashGuard>> guard = runtime::CrashGuard::Open(
        fmt::format("{}/crash-guard.{}.{}", directory, fmt::join(options_.targets, "-"),
                    options.supervisor.ordinal));
    if (!guard.ok()) return guard.status();
    guard_ = *std::move(guard);
    return absl::OkStatus();
  }

  absl::Status MakeTargets(const std::vector<const TargetKind*>& kinds) {
    const TargetBase base = {.config = options_.config,
                             .config_directory = options_.config_directory,
                             .log = *log_,
                             .appender = *appender_,
                             .clock = clock_,
                             .disk = disk_,
                             .registry = registry_,
                             .admit = [this] { return backpressure_->Admit(); }};
    AdminRpc::FindDeadLetters find_dead_letters = [](const std::string&, const std::string&) {
      return absl::StatusOr<std::vector<data::v1::DeadLetter>>(absl::FailedPreconditionError(
          "this process does not keep dead letters; ask the one that runs the feed"));
    };
    Target::SourceList sources = [] {
      return absl::StatusOr<std::vector<data::v1::SourceHealth>>(absl::FailedPreconditionError(
          "this process does not keep how the sources do; ask the one that runs the feed"));
    };
    for (const TargetKind* kind : kinds) {
      absl::StatusOr<std::unique_ptr<Target>> target = kind->make(base);
      if (!target.ok()) return target.status();
      targets_.push_back(*std::move(target));
      for (runtime::StagePlan& plan : targets_.back()->Plans()) supervisor_->Add(std::move(plan));
      if (Target::SourceList list = targets_.back()->Sources(); list) sources = std::move(list);
      if (AdminRpc::FindDeadLetters find = targets_.back()->DeadLetters(); find)
        find_dead_letters = std::move(find);
    }
    if (std::ranges::any_of(kinds, &TargetKind::takes_submissions)) {
      absl::StatusOr<std::unique_ptr<Target>> target =
          MakeSubmissionTarget(base, std::move(sources));
      if (!target.ok()) return target.status();
      targets_.push_back(*std::move(target));
    }
    admin_.emplace(*supervisor_, *appender_, disk_, std::move(find_dead_letters), clock_.Now());
    return absl::OkStatus();
  }

  absl::Status ListenGrpc(const std::vector<TargetService>& services) {
    const config::v1::Grpc& config = options_.config.grpc();
    const bool together = config.listen() == config.admin_listen();
    std::vector<rpc::Server::Hosted> open;
    std::vector<rpc::Server::Hosted> admin;
    for (const TargetService& service : services) {
      (service.admin && !together ? admin : open).push_back(service.hosted);
      hosted_.emplace_back(service.hosted.name);
    }
    absl::StatusOr<std::unique_ptr<rpc::Server>> server = rpc::Server::Create(
        {.listen = config.listen(), .credentials = ports_->GrpcCredentials()}, open);
    if (!server.ok()) return server.status();
    grpc_ = *std::move(server);
    if (together) return absl::OkStatus();
    server = rpc::Server::Create({.listen = config.admin_listen(),
                                  .setting = "grpc.admin_listen",
                                  .credentials = ports_->GrpcCredentials()},
                                 admin);
    if (!server.ok()) return server.status();
    grpc_admin_ = *std::move(server);
    return absl::OkStatus();
  }

  void TellHealth() {
    const bool ready = supervisor_->Ready();
    for (rpc::Server* server : {grpc_.get(), grpc_admin_.get()}) {
      if (server == nullptr) continue;
      server->SetServing("", ready);
      for (const std::string& name : hosted_) server->SetServing(name, ready);
    }
  }

  void ReloadTokens() {
    const absl::StatusOr<bool> changed = ports_->ReloadTokens();
    if (!changed.ok()) {
      events_.Error("tokens.kept", {{"status", changed.status().ToString()}});
    } else if (*changed) {
      events_.Info("tokens.changed");
    }
  }

  http::Response Metrics() {
    supervisor_->UpdateGauges();
    port_metrics_.ReadExpiry(*ports_);
    std::vector<prometheus::MetricFamily> families = registry_.Collect();
    std::ranges::move(process_metrics_->Collect(), std::back_inserter(families));
    return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
            .body = prometheus::TextSerializer().Serialize(families)};
  }

  http::Response Readiness() const {
    if (supervisor_->Ready()) return {.body = "ready\n"};
    std::string body = "not ready\n";
    for (const runtime::Supervisor::ShardStatus& shard : supervisor_->Status()) {
      if (shard.state == runtime::ShardState::kRunning) continue;
      body += fmt::format("{} {}: {} {}\n", shard.stage, shard.partition,
                          runtime::ShardStateName(shard.state), shard.detail);
    }
    return {.status = 503, .body = std::move(body)};
  }

  // No more calls come in, and streams end with their cursors.
  void ShutDown() {
    for (const std::unique_ptr<Target>& target : targets_) target->Drain();
    grpc_->Shutdown(kCallGrace);
    if (grpc_admin_ != nullptr) grpc_admin_->Shutdown(kCallGrace);
    http_->Shutdown();
  }

  ProcessOptions options_;
  const base::SystemClock clock_;
  telemetry::EventLog events_{{}, clock_, stderr};
  prometheus::Registry registry_;
  const std::unique_ptr<prometheus::Collectable> process_metrics_ = telemetry::MakeProcessMetrics();
  PortMetrics port_metrics_{registry_};
  std::unique_ptr<Ports> ports_;
  rpc::Executor disk_{{}};
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<runtime::CrashGuard> guard_;
  std::optional<runtime::Pool> pool_;
  std::optional<LateAppender> appender_;
  std::optional<runtime::Backpressure> backpressure_;
  std::vector<std::unique_ptr<Target>> targets_;
  std::optional<runtime::Supervisor> supervisor_;
  std::optional<AdminRpc> admin_;
  std::vector<std::string> hosted_;
  std::unique_ptr<rpc::Server> grpc_;
  std::unique_ptr<rpc::Server> grpc_admin_;  // nullptr: `grpc_` hosts all.
  std::unique_ptr<http::Server> http_;
};

}  // namespace

absl::Status RunProcess(ProcessOptions options) {
  RaiseFileLimit();
  BoundArenas();
  runtime::StopSignals signals;  // Before all threads.
  Process process(std::move(options));
  if (absl::Status status = process.Create(); !status.ok()) return status;
  if (absl::Status status = process.Listen(); !status.ok()) return status;
  ReturnFreePages();
  return process.Run(signals);
}

}  // namespace sluice::cli
