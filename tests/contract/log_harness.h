#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pipeline/base/clock.h"
#include "pipeline/log/log.h"

namespace sluice::contract {

// A fresh log of one implementation and its world, made for one test. What cannot be done to an
// implementation answers false, and the test is skipped.
class LogHarness {
 public:
  struct Setup {
    log::Partition keyed_partitions = 4;
  };

  virtual ~LogHarness() = default;

  virtual log::Log& log() = 0;

  // The same log as another process sees it. One-process logs have no other view.
  virtual log::Log& twin() { return log(); }

  // Ends the process without notice and starts the next one: log() and twin() are new ones over
  // what was kept. All that was opened has been destroyed before. Refusals come from here or from
  // the opens that follow.
  virtual absl::Status Reopen(const Setup& setup) = 0;

  // That Poll's deadlines are on.
  virtual base::Clock& clock() = 0;
  // Moves it, where it is not the machine's.
  virtual void PassTime(absl::Duration /*duration*/) {}
  // How long a Poll may wait for what has been committed before.
  virtual absl::Duration patience() const = 0;

  // Retention removes the partition's records below `offset`. No worker is open.
  virtual bool Trim(std::string_view /*topic*/, log::Partition /*partition*/, uint64_t /*offset*/) {
    return false;
  }
  // The next Commit ends in doubt (kCancelled), its effect in place or not.
  virtual bool FailNextCommit(bool /*applied*/) { return false; }
  // Of faults ordered above.
  virtual uint64_t faults_fired() const { return 0; }

  // Size of the random model test.
  virtual int model_turns() const = 0;
};

// An implementation, for INSTANTIATE_TEST_SUITE_P(Embedded, LogContract, testing::Values(...)).
struct LogFactory {
  std::string name;
  std::function<std::unique_ptr<LogHarness>(const LogHarness::Setup&)> make;

  friend void PrintTo(const LogFactory& factory, std::ostream* out) { *out << factory.name; }
};

}  // namespace sluice::contract
