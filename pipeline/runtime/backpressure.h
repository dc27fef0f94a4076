#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pipeline/base/clock.h"
#include "pipeline/base/periodic.h"
#include "pipeline/log/log.h"

namespace sluice::runtime {

// Watches how much the stages have yet to read, so that input can be held back while it is too
// much. Has a thread of its own.
class Backpressure {
 public:
  struct Options {
    uint64_t backlog_bytes_max = 256 << 20;  // Of all watched stages.
    absl::Duration interval = absl::Seconds(1);
  };

  // `log` and `clock` outlive it. `stages` are those that read what input adds.
  Backpressure(const Options& options, log::Log& log, const base::Clock& clock,
               std::vector<log::Spec> stages);

  // Any thread; no lock. kResourceExhausted: hold input back; the message says how much waits.
  absl::Status Admit() const;
  bool held() const {
    return backlog_bytes_.load(std::memory_order_relaxed) > options_.backlog_bytes_max;
  }

 private:
  void Measure();

  const Options options_;
  log::Log* log_;  // Not owned.
  const std::vector<log::Spec> stages_;
  std::atomic<uint64_t> backlog_bytes_ = 0;
  const base::Periodic watch_;
};

}  // namespace sluice::runtime
