#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "pipeline/rpc/calls_under_way.h"

namespace sluice::rpc {

// Hosts gRPC services at one address, with health (a service is NOT_SERVING until SetServing says
// otherwise) and reflection. Serves from Create on. Any thread; ends by Shutdown or its destructor.
//
// Services use gRPC's callback API: the library runs all callbacks on at most 16 threads of its
// own, so a callback never waits. What reads a disk goes through rpc::Executor.
class Server {
 public:
  struct Options {
    std::string listen = "127.0.0.1:7070";  // HOST:PORT; port 0: any free one.
    std::string setting = "grpc.listen";    // What the operator would change, named in errors.
    // As MakeServerCredentials gives them; nullptr: plain text, for everybody.
    std::shared_ptr<grpc::ServerCredentials> credentials = nullptr;

    absl::Duration keepalive_time = absl::Seconds(30);  // Idle time before a peer is asked.
    absl::Duration keepalive_timeout = absl::Seconds(10);
    absl::Duration keepalive_accepted_min = absl::Seconds(10);  // Peers that ask more often go.
    // A connection is told to go after its age, so that load balances again, and cut at age +
    // grace.
    absl::Duration connection_age = absl::Minutes(15);
    absl::Duration connection_age_grace = absl::Minutes(15);
    // Of connections without a call, once it shuts down: their clients are told, and cut then.
    absl::Duration departure_time = absl::Milliseconds(200);

    int32_t receive_bytes_max = 16 << 20;  // Of a message.
    int32_t send_bytes_max = 16 << 20;
    int32_t streams_per_connection_max = 1000;
    int32_t threads_max = 16;  // Of services without callbacks: reflection.
  };

  struct Hosted {
    std::string_view name;   // Such as service::v1::FeedService::service_full_name().
    grpc::Service* service;  // Not owned; outlives the server.
  };

  //   kInvalidArgument: `listen` is malformed or not of this machine. kAlreadyExists: in use.
  //   kPermissionDenied: a port that needs rights. All name the address and what to change.
  static absl::StatusOr<std::unique_ptr<Server>> Create(const Options& options,
                                                        absl::Span<const Hosted> services);
  ~Server();

  // HOST:PORT with the port that was bound.
  const std::string& address() const { return address_; }
  int port() const { return port_; }

  // Of one service, by its full name; the empty name is the process. Those who watch it are told
  // of changes alone. Any thread.
  void SetServing(std::string_view service, bool serving);

  // Takes no more calls, waits `grace` for those that run, cancels the rest, returns when all are
  // gone. Neither clients that are idle or silent nor those who watch the health or ask for
  // reflection are waited for. Health says NOT_SERVING from its first moment. Later calls do
  // nothing.
  void Shutdown(absl::Duration grace);

  // Whether a port of this process takes no connections any more: gRPC 1.51 stops listening for
  // good at the first one that it cannot accept, for want of a file mostly, and tells its log
  // alone. Only a new start helps. Any thread.
  static bool IsDeaf();

  // Without a socket: for tests.
  std::shared_ptr<grpc::Channel> InProcessChannel();

 private:
  Server(const Options& options, std::unique_ptr<CallsUnderWay> calls,
         std::unique_ptr<grpc::Server> server, std::string address, int port);

  const absl::Duration departure_time_;
  const std::unique_ptr<CallsUnderWay> calls_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  int port_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, bool> serving_ ABSL_GUARDED_BY(mutex_);  // As it was last set.
};

}  // namespace sluice::rpc
