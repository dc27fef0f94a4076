#pragma once

#include <grpcpp/support/server_interceptor.h>

#include <memory>

namespace sluice::rpc {

// Answers INVALID_ARGUMENT, and says why, to those whose request cannot be parsed; gRPC 1.51 would
// say UNIMPLEMENTED, and no word. Of calls with one request. Any thread.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> ExplainUnreadableRequests();

}  // namespace sluice::rpc
