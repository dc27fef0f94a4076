#include "tests/integration/kafka_broker.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <utility>

namespace sluice::integration {
namespace {

std::string ReadLine(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

}  // namespace

KafkaBroker::KafkaBroker(std::string version) : version_(std::move(version)) {}

KafkaBroker& KafkaBroker::Shared() {
  static const std::unique_ptr<KafkaBroker> broker = [] {
    absl::StatusOr<std::unique_ptr<KafkaBroker>> started = Start();
    if (!started.ok()) {
      std::fprintf(stderr, "%s\n", started.status().ToString().c_str());
      std::exit(1);
    }
    return *std::move(started);
  }();
  return *broker;
}

absl::StatusOr<std::unique_ptr<KafkaBroker>> KafkaBroker::Start(const std::string& version) {
  std::unique_ptr<KafkaBroker> broker(new KafkaBroker(version));
  if (absl::Status status = broker->Launch(""); !status.ok()) return status;
  broker->bootstrap_ = ReadLine(broker->data_.Path("bootstrap"));
  return broker;
}

KafkaBroker::~KafkaBroker() { (void)Kill(); }

std::string KafkaBroker::UniquePrefix() { return fmt::format("t{}-", ++prefixes_); }

absl::Status KafkaBroker::Run(const std::string& script, const std::string& arguments) const {
  const std::string command = fmt::format("'{}/deploy/kafka/{}' '{}' {} 2>&1", SLUICE_SOURCE_DIR,
                                          script, data_.path(), arguments);
  // popen's shell is the broker's parent for a moment only: the scripts start it in a session of
  // its own.
  std::FILE* out = popen(command.c_str(), "r");
  if (out == nullptr) return absl::ErrnoToStatus(errno, command);
  std::string said;
  std::array<char, 4096> buffer;
  while (const size_t size = std::fread(buffer.data(), 1, buffer.size(), out)) {
    said.append(buffer.data(), size);
  }
  if (const int status = pclose(out); status != 0) {
    return absl::UnavailableError(fmt::format("{} ended with {}: {}", command, status, said));
  }
  return absl::OkStatus();
}

absl::Status KafkaBroker::Launch(const std::string& more) const {
  std::string arguments = fmt::format("--while {} --temporary {}", getpid(), more);
  if (!version_.empty()) arguments += " --version " + version_;
  return Run("start", arguments);
}

absl::Status KafkaBroker::Stop() { return Run("stop", ""); }
absl::Status KafkaBroker::Kill() { return Run("kill", ""); }
absl::Status KafkaBroker::StartAgain() { return Launch(""); }
absl::Status KafkaBroker::StartAgainWithoutWaiting() { return Launch("--no-wait"); }

pid_t KafkaBroker::pid() const { return std::stoi(ReadLine(data_.Path("pid"))); }

absl::Status KafkaBroker::Pause() {
  return kill(pid(), SIGSTOP) == 0 ? absl::OkStatus() : absl::ErrnoToStatus(errno, "SIGSTOP");
}

absl::Status KafkaBroker::Resume() {
  return kill(pid(), SIGCONT) == 0 ? absl::OkStatus() : absl::ErrnoToStatus(errno, "SIGCONT");
}

}  // namespace sluice::integration
