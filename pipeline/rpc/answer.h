#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>

#include "absl/status/status.h"
#include "pipeline/rpc/executor.h"

namespace sluice::rpc {

// Answers a unary call with what `work` says, which runs on the executor and may take its time. Its
// request and response live until the call ends. RESOURCE_EXHAUSTED: too many calls wait.
grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext& context, Executor& executor,
                                 std::function<absl::Status()> work);

}  // namespace sluice::rpc
