#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pipeline/log/log.h"

namespace sluice::config::v1 {
class KafkaLog;
}

namespace sluice::kafka {

struct Options {
  std::string bootstrap_servers;         // HOST:PORT[,HOST:PORT...]
  std::string topic_prefix = "sluice.";  // Before every topic, group and transactional id.
  log::Partition partitions = 8;         // Of keyed topics.
  int replication_factor = 0;            // Of topics that are made; 0: the broker's default.
  bool create_topics = true;             // Missing ones, at the first open.
  std::string state_directory;           // Of local copies of state.
  // Passed to librdkafka. May hold secrets: never printed.
  std::map<std::string, std::string> properties;

  absl::Duration open_wait_max =
      absl::Seconds(10);                            // For a broker that is away; then kUnavailable.
  absl::Duration stop_wait_max = absl::Seconds(5);  // Commit: for the same, once stopped.
  absl::Duration retry_interval_min = absl::Milliseconds(20);  // Doubles with each attempt,
  absl::Duration retry_interval_max = absl::Seconds(1);        // up to this.
  // A shard without input commits where it stands after so long: brokers keep control records
  // behind the last record, and would count them as unread.
  absl::Duration settle_after = absl::Seconds(1);
  size_t appender_bytes_max = 64 << 20;                // In flight; then kResourceExhausted.
  absl::Duration append_wait_max = absl::Seconds(60);  // For one record to be kept.
  size_t state_cache_bytes = 64 << 20;                 // Of all local state.
  size_t state_write_buffers_bytes = 32 << 20;         // Of it.

  // Told by any thread what an open or a commit of `who` waits for, or has found to be not as it
  // should: for readiness and logs.
  std::function<void(std::string_view who, std::string_view why)> on_waiting;
  // librdkafka's own words. `level` as in syslog: 3 error, 4 warning, 6 info.
  std::function<void(int level, std::string_view line)> on_log;
  // For fault tests: told the steps of a commit, in order. Not OK: the commit ends there with that
  // status, as if the process had; kUnavailable: it goes on as if its client had broken there.
  std::function<absl::Status(std::string_view step)> on_step;
};

// From the configuration.  kInvalidArgument: a value is missing or out of range, or a property is
// ours (see OwnedProperty); the message names it.  kFailedPrecondition: librdkafka refuses a
// property.
absl::StatusOr<Options> FromConfig(const config::v1::KafkaLog& config);

// What correctness rests on, or another field of the configuration: not to be set as a property.
bool OwnedProperty(std::string_view name);

// The steps of Options::on_step, each told before it is done.
inline constexpr std::string_view kStepBegin = "begin";
inline constexpr std::string_view kStepProduce = "produce";  // Hand records over.
inline constexpr std::string_view kStepOffsets = "offsets";  // Add positions to the transaction.
inline constexpr std::string_view kStepFlush = "flush";      // Wait until brokers have all records.
inline constexpr std::string_view kStepCommit = "commit";    // Until then nothing has happened.
inline constexpr std::string_view kStepAnswer = "answer";    // Take in that it is committed.
inline constexpr std::string_view kStepRemember = "remember";  // Write the local copy.
inline constexpr std::string_view kStepDone = "done";

// Tells `on_step`, if there is one.
absl::Status Step(const Options& options, std::string_view step);

}  // namespace sluice::kafka
