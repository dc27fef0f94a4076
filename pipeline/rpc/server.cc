#include "pipeline/rpc/server.h"

#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <atomic>
#include <cstdio>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "pipeline/base/listen_address.h"
#include "pipeline/base/rate_limit.h"
#include "pipeline/base/strings.h"
#include "pipeline/rpc/unreadable_requests.h"

namespace sluice::rpc {
namespace {

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

// Of the process, as gRPC's log is.
std::atomic<bool> deaf = false;

void ReadGrpcLog(gpr_log_func_args* line) {
  const std::string_view message = line->message;
  if (message.starts_with("Failed accept4")) deaf = true;
  // One for every connection to a TLS port that says something else.
  ABSL_CONST_INIT static absl::Mutex mutex(absl::kConstInit);
  static base::RateLimit limit;
  const absl::MutexLock lock(&mutex);
  const std::optional<int> held_back = limit.Admit({}, absl::Now());
  if (!held_back.has_value()) return;
  if (*held_back > 0) fmt::print(stderr, "grpc: {} messages were left out\n", *held_back);
  fmt::print(stderr, "grpc: {}\n", message);
}

// gRPC keeps these switches for the whole process.
void SetUpOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    // For the life of the process: gRPC 1.51, ended with the last server, waits up to ten seconds
    // for the thread that watches connections whose clients take nothing.
    grpc_init();
    gpr_set_log_function(ReadGrpcLog);
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

void Apply(const Server::Options& options, grpc::ServerBuilder& builder) {
  // Without this a second process would silently share the port.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options.keepalive_time));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                             Milliseconds(options.keepalive_timeout));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Milliseconds(options.keepalive_accepted_min));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(options.connection_age));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                             Milliseconds(options.connection_age_grace));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.streams_per_connection_max);
  builder.SetMaxReceiveMessageSize(options.receive_bytes_max);
  builder.SetMaxSendMessageSize(options.send_bytes_max);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
  grpc::ResourceQuota quota("sluice.rpc");
  quota.SetMaxThreads(options.threads_max);
  builder.SetResourceQuota(quota);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Create(const Options& options,
                                                       absl::Span<const Hosted> services) {
  auto address = base::ParseListenAddress(options.listen);
  if (!address.ok()) {
    return absl::Status(
        address.status().code(),
        base::ToAbsl(fmt::format("{}: {}", options.setting, address.status().message())));
  }
  SetUpOnce();
  grpc::ServerBuilder builder;
  Apply(options, builder);
  int port = 0;
  builder.AddListeningPort(
      address->ToString(),
      options.credentials == nullptr ? grpc::InsecureServerCredentials() : options.credentials,
      &port);
  for (const Hosted& hosted : services) builder.RegisterService(hosted.service);
  auto calls = std::make_unique<CallsUnderWay>();
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(calls->MakeCounter());
  interceptors.push_back(ExplainUnreadableRequests());
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) return base::WhyNotListening(*address, options.setting);
  grpc::HealthCheckServiceInterface* health = server->GetHealthCheckService();
  health->SetServingStatus("", false);
  for (const Hosted& hosted : services) {
    health->SetServingStatus(std::string(hosted.name), false);
  }
  address->port = static_cast<uint16_t>(port);
  return std::unique_ptr<Server>(
      new Server(options, std::move(calls), std::move(server), address->ToString(), port));
}

Server::Server(const Options& options, std::unique_ptr<CallsUnderWay> calls,
               std::unique_ptr<grpc::Server> server, std::string address, int port)
    : departure_time_(options.departure_time),
      calls_(std::move(calls)),
      server_(std::move(server)),
      address_(std::move(address)),
      port_(port) {}

Server::~Server() { Shutdown(absl::ZeroDuration()); }

void Server::SetServing(std::string_view service, bool serving) {
  const absl::MutexLock lock(&mutex_);
  const auto [told, is_first] = serving_.try_emplace(std::string(service), serving);
  // gRPC would tell all who watch, whatever they know.
  if (!is_first && std::exchange(told->second, serving) == serving) return;
  server_->GetHealthCheckService()->SetServingStatus(told->first, serving);
}

void Server::Shutdown(absl::Duration grace) {
  server_->GetHealthCheckService()->Shutdown();
  absl::Notification ended;
  // gRPC would wait all of the grace for a client that does not answer its farewell, as one that is
  // connected and says nothing, and for streams of its own services.
  const std::jthread cut([&] {
    bool idle = calls_->none();
    while (!ended.WaitForNotificationWithTimeout(departure_time_)) {
      // Twice: what was answered last has had time to arrive.
      if (idle && calls_->none()) grpc_server_cancel_all_calls(server_->c_server());
      idle = calls_->none();
    }
  });
  server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
  ended.Notify();
}

bool Server::IsDeaf() { return deaf; }

std::shared_ptr<grpc::Channel> Server::InProcessChannel() {
  return server_->InProcessChannel(grpc::ChannelArguments());
}

}  // namespace sluice::rpc
