#pragma once

#include <grpcpp/support/client_interceptor.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace sluice::cli {

// The token of a client: its own, or the first line of a file that is no comment. kNotFound: the
// file cannot be read; kInvalidArgument: it has none.
absl::StatusOr<std::string> ReadCallToken(const std::string& file);

// Sends `authorization: Bearer TOKEN` with every call of a channel: what `file` has at the time of
// the call, so that it may be replaced; where that is empty `token`. Unlike gRPC's own credentials
// it does so without TLS too, for connections within a machine.
std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> SendToken(
    std::string file, std::string token);

}  // namespace sluice::cli
