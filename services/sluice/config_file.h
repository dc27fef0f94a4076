#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sluice/config/v1/config.pb.h"

namespace sluice::cli {

// Where a process's configuration comes from.
struct ConfigSource {
  std::string file;
  std::vector<std::string> assignments = {};  // --set path=value, applied in order.
  std::string grpc_listen = {};               // Empty: as configured.
  std::string http_listen = {};
};

// Reads, overrides and checks a configuration, and fills in the defaults of what every process has:
// addresses (grpc.admin_listen follows grpc.listen while that is loopback), exactly one log.
//   kNotFound: no such file; the message says how to get one. kInvalidArgument: a mistake; the
//   message names key and value.
absl::StatusOr<config::v1::Config> LoadConfig(const ConfigSource& source);

}  // namespace sluice::cli
