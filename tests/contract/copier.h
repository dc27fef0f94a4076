#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "pipeline/log/log.h"

namespace sluice::contract {

// Two small stages that crash tests kill: what they leave is checked against what they would have
// left undisturbed.
//
// The source appends "1", "2", ... to crawl-targets; the copier reads them, numbers them, and for
// each writes "<number> <input>" to clean and to outcomes and a row to its table, all in one
// commit.

// Appends the numbers up to `last`, from after those that were appended before, a few a commit.
absl::Status RunSource(log::Log& log, uint64_t last, std::stop_token stop);

// Copies until `last` was copied, a few records a commit.
absl::Status RunCopier(log::Log& log, uint64_t last, std::stop_token stop);

// What the log holds at some moment.
struct CopierTraces {
  std::vector<std::string> clean;
  std::vector<std::string> outcomes;
  uint64_t appended = 0;  // By the source's own account.
  uint64_t copied = 0;    // By the copier's.
  std::vector<std::string> rows;
};
absl::StatusOr<CopierTraces> ReadTraces(log::Log& log);

// Exactly once and in order, all parts of each commit together: why not, or nullopt.
std::optional<std::string> Contradiction(const CopierTraces& traces);

}  // namespace sluice::contract
