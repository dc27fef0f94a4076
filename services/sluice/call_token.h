#pragma once

#include <grpcpp/support/client_interceptor.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace sluice::cli {

// The first token in a file. kInvalidArgument: it has none; kNotFound: it cannot be read.
absl::StatusOr<std::string> ReadCallToken(const std::string& file);

// Sends `authorization: Bearer TOKEN` with every call of a channel: what `file` has at the time of
// the call, so that it may be replaced; where that is empty `token`. Unlike gRPC's own credentials
// it does so without TLS too, for connections within a machine.
std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> SendToken(
    std::string file, std::string token);

}  // namespace sluice::cli
