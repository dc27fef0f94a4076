#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/support/temporary_directory.h"

namespace sluice::integration {

// A real broker of a test program's own (deploy/kafka), on free ports, in a folder that goes with
// it. It ends with the program, however that ends. Tests of a program share one and take a topic
// prefix each. One thread.
class KafkaBroker {
 public:
  // The program's own, started at the first call; a broker that does not start ends the program,
  // saying why.
  static KafkaBroker& Shared();

  // `version`: of Kafka; empty: SLUICE_KAFKA_VERSION, or the tree's own.
  static absl::StatusOr<std::unique_ptr<KafkaBroker>> Start(const std::string& version = "");
  ~KafkaBroker();
  KafkaBroker(const KafkaBroker&) = delete;
  KafkaBroker& operator=(const KafkaBroker&) = delete;

  const std::string& bootstrap() const { return bootstrap_; }  // HOST:PORT.
  // A topic prefix, or any other name, that nobody used before: "t17-".
  std::string UniquePrefix();

  // SIGTERM, waited for. SIGKILL, waited for.
  absl::Status Stop();
  absl::Status Kill();
  // After either: the same ports and data. Returns when it serves, or at once.
  absl::Status StartAgain();
  absl::Status StartAgainWithoutWaiting();
  // SIGSTOP and SIGCONT: connections stay, nothing answers.
  absl::Status Pause();
  absl::Status Resume();
  pid_t pid() const;

 private:
  explicit KafkaBroker(std::string version);

  // Runs deploy/kafka/SCRIPT with the data folder and `arguments`.
  absl::Status Run(const std::string& script, const std::string& arguments) const;
  absl::Status Launch(const std::string& more) const;

  const support::TemporaryDirectory data_;
  const std::string version_;
  std::string bootstrap_;
  int prefixes_ = 0;
};

}  // namespace sluice::integration
