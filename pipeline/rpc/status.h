#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace sluice::rpc {

// Between our statuses and those of gRPC: the codes are the same set, the message is kept, payloads
// are not. The one place where they meet.
grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace sluice::rpc
