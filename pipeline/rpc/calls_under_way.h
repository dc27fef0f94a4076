#pragma once

#include <grpcpp/support/server_interceptor.h>

#include <atomic>
#include <cstdint>
#include <memory>

namespace sluice::rpc {

// How many calls of a server are under way, from their first byte until their status has been
// handed to the connection. Those of gRPC's own services, health and reflection, are left out: they
// last for as long as their clients like. Any thread.
class CallsUnderWay {
 public:
  // Tells of the calls of a server, which this outlives.
  std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeCounter();

  bool none() const { return count_ == 0; }

 private:
  std::atomic<int64_t> count_ = 0;
};

}  // namespace sluice::rpc
