#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sluice/config/v1/config.pb.h"

namespace sluice::cli {

struct ProcessOptions {
  config::v1::Config config;         // As LoadConfig gives it.
  std::string config_directory;      // Where it was read from.
  std::vector<std::string> targets;  // Names; all of them where it has "all".
};

// Runs targets until SIGTERM, SIGINT or AdminService.Drain, then finishes what is in work and
// commits.
//   OK: drained. kInvalidArgument: a target or an option is wrong. kAlreadyExists: an address is in
//   use. kDeadlineExceeded: the drain took longer than runtime.drain_max. Others: why it had to
//   stop; it can be started again once that is mended.
absl::Status RunProcess(ProcessOptions options);

}  // namespace sluice::cli
