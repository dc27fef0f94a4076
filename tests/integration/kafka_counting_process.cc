// The toy shard as a process of its own, for tests that kill and freeze it.
//
// usage: kafka_counting_process BOOTSTRAP PREFIX STATE_DIRECTORY UNTIL [SIGNAL STEP N]
//   Counts to UNTIL. Sends itself SIGNAL (KILL or STOP) at the N-th time that a commit comes to
//   STEP.
// Ends with 0 when it is done, 3 when it was fenced, 1 otherwise.

#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>

#include "pipeline/base/clock.h"
#include "tests/integration/kafka_counting.h"

int main(int argc, char** argv) {
  using namespace sluice;
  if (argc != 5 && argc != 8) {
    std::fprintf(stderr, "usage: see the head of the source\n");
    return 2;
  }
  kafka::Options options = integration::CountingOptions(argv[1], argv[2], argv[3]);
  const auto until = std::stoull(argv[4]);
  int left = argc == 8 ? std::stoi(argv[7]) : 0;
  options.on_step = [&](std::string_view step) {
    if (argc == 8 && step == argv[6] && --left == 0) {
      raise(std::string_view(argv[5]) == "KILL" ? SIGKILL : SIGSTOP);
    }
    return absl::OkStatus();
  };
  const base::SystemClock clock;
  auto log = kafka::KafkaLog::Create(options, clock);
  if (!log.ok()) return 1;
  const absl::Status status = integration::Count(**log, until, {});
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.code() == absl::StatusCode::kAborted ? 3 : 1;
}
