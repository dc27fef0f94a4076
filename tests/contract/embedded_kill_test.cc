// SIGKILL at every step of a commit and at any moment: this program runs itself as a child that
// copies, kills it, and checks what is left.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <mutex>
#include <random>
#include <thread>

#include "pipeline/base/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/embedded/embedded_log.h"
#include "tests/contract/copier.h"
#include "tests/support/temporary_directory.h"

extern char** environ;

namespace sluice::contract {
namespace {

using embedded::CommitStep;
using embedded::EmbeddedLog;

constexpr uint64_t kLast = 1'000'000;  // More than any child lives to copy.
const base::SystemClock kClock;

EmbeddedLog::Options LogOptions(const std::string& directory, absl::Duration sync_interval) {
  EmbeddedLog::Options options;
  options.directory = directory;
  options.sync_interval = sync_interval;
  options.memory = {.cache_bytes = 8 << 20, .write_buffers_bytes = 1 << 20};
  // What was copied goes at once, so that removals are killed too. Archives stay: they are what is
  // checked.
  options.retention = {.age_max = absl::ZeroDuration(), .trim_bytes_min = 0};
  return options;
}

std::string AcknowledgedFile(const std::string& directory) { return directory + ".acknowledged"; }

// Reads what was acknowledged; as long as it is open, nothing of it is removed.
std::unique_ptr<log::Worker> OpenAcknowledged(EmbeddedLog& log) {
  auto reader = log.OpenReplica(
      {.stage = "acknowledged", .inputs = {"dead-letters"}, .outputs = {}, .tables = {}},
      [](auto, auto, auto) {}, {});
  return reader.ok() ? *std::move(reader) : nullptr;
}

// Calls `turn` every few milliseconds until stopped.
std::jthread Every(std::chrono::milliseconds interval, std::function<void()> turn) {
  return std::jthread([interval, turn = std::move(turn)](const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    while (!never.wait_for(lock, stop, interval, [&stop] { return stop.stop_requested(); })) turn();
  });
}

// child DIRECTORY SYNC_MILLISECONDS STEP NTH: copies; kills itself at the NTH STEP (a number of
// CommitStep, or -1).
int Child(char** arguments) {
  const std::string directory = arguments[2];
  const auto sync_interval = absl::Milliseconds(std::stoi(arguments[3]));
  const int step = std::stoi(arguments[4]);
  std::atomic<int> left = std::stoi(arguments[5]);
  EmbeddedLog::Options options = LogOptions(directory, sync_interval);
  options.on_step = [&left, step](CommitStep reached) {
    if (static_cast<int>(reached) == step && --left == 0) raise(SIGKILL);
  };
  auto log = EmbeddedLog::Open(options, kClock);
  if (!log.ok()) {
    std::cerr << log.status() << '\n';
    return 1;
  }
  const std::unique_ptr<log::Worker> holder = OpenAcknowledged(**log);
  std::jthread syncer;
  if (sync_interval > absl::ZeroDuration()) {
    syncer = Every(std::chrono::milliseconds(absl::ToInt64Milliseconds(sync_interval)),
                   [&] { (void)(*log)->Sync(); });
  }
  const std::jthread trimmer = Every(std::chrono::milliseconds(5), [&] { (void)(*log)->Trim(); });
  // An appender writes down what it was told is kept.
  const int acknowledged =
      open(AcknowledgedFile(directory).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const auto appender = *(*log)->OpenAppender();
  std::atomic<uint64_t> appended = 0;
  const std::jthread submitter = Every(std::chrono::milliseconds(1), [&] {
    const std::string id = fmt::format("{}-{}", getpid(), ++appended);
    appender->Append("dead-letters", "", id, [acknowledged, id](const absl::Status& status) {
      const std::string line = id + "\n";
      if (status.ok() && write(acknowledged, line.data(), line.size()) < 0)
        std::cerr << "cannot write\n";
    });
  });
  if (write(STDOUT_FILENO, "r", 1) != 1) return 1;  // Ready.
  std::jthread source([&](const std::stop_token& stop) { (void)RunSource(**log, kLast, stop); });
  const absl::Status status = RunCopier(**log, kLast, {});
  std::cerr << "copied all: " << status << '\n';
  return 1;
}

class EmbeddedKillTest : public testing::TestWithParam<int> {
 protected:
  // Runs a child until it dies; by its own hand at a step, or by ours after `delay`.
  void RunAndKill(int step, int nth, std::optional<std::chrono::microseconds> delay) {
    int ready[2];
    ASSERT_EQ(pipe2(ready, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ready[1], STDOUT_FILENO);
    std::string words[] = {"self",
                           "child",
                           directory_,
                           std::to_string(GetParam()),
                           std::to_string(step),
                           std::to_string(nth)};
    char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                         words[4].data(), words[5].data(), nullptr};
    pid_t child = 0;
    ASSERT_EQ(posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ready[1]);
    char byte = 0;
    const bool began = read(ready[0], &byte, 1) == 1;
    close(ready[0]);
    if (delay.has_value() && began) {
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable().wait_for(lock, *delay, [] { return false; });
      kill(child, SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    // The fault has fired.
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "status " << status;
  }

  void Check() {
    auto opened = EmbeddedLog::Open(LogOptions(directory_, absl::ZeroDuration()), kClock);
    ASSERT_TRUE(opened.ok()) << opened.status();
    EmbeddedLog& log = **opened;
    const auto traces = ReadTraces(log);
    ASSERT_TRUE(traces.ok()) << traces.status();
    EXPECT_EQ(Contradiction(*traces), std::nullopt);
    EXPECT_GE(traces->copied, copied_);
    copied_ = traces->copied;

    std::set<std::string> kept;
    const std::unique_ptr<log::Worker> reader = OpenAcknowledged(log);
    ASSERT_NE(reader, nullptr);
    for (;;) {
      const auto records = reader->Poll({.records_max = 100'000}, absl::InfinitePast());
      ASSERT_TRUE(records.ok()) << records.status();
      if (records->empty()) break;
      for (const log::Record& record : *records)
        EXPECT_TRUE(kept.emplace(record.value).second) << record.value;
    }
    std::ifstream acknowledged(AcknowledgedFile(directory_));
    for (std::string id; std::getline(acknowledged, id);) {
      EXPECT_TRUE(kept.contains(id)) << id << " was acknowledged and is lost";
      ++acknowledged_;
    }
  }

  const support::TemporaryDirectory temporary_;
  const std::string directory_ = temporary_.Path("log");
  uint64_t copied_ = 0;
  uint64_t acknowledged_ = 0;
};

INSTANTIATE_TEST_SUITE_P(SyncMilliseconds, EmbeddedKillTest, testing::Values(0, 2));

TEST_P(EmbeddedKillTest, AtEachStepOfACommitNothingIsLostOrDoubled) {
  for (const CommitStep step : {CommitStep::kBeforeWrite, CommitStep::kAfterWrite,
                                CommitStep::kAfterSync, CommitStep::kAfterPublish}) {
    for (const int nth : {1, 2, 17, 60}) {
      SCOPED_TRACE(fmt::format("step {} for the time {}", static_cast<int>(step), nth));
      RunAndKill(static_cast<int>(step), nth, std::nullopt);
      Check();
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(copied_, 0);
}

TEST_P(EmbeddedKillTest, AtAnyMomentNothingIsLostOrDoubled) {
  const uint32_t seed = std::random_device()();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  for (int i = 0; i < 12; ++i) {
    SCOPED_TRACE(i);
    RunAndKill(-1, 0, std::chrono::microseconds(random() % 300'000));
    Check();
    if (HasFailure()) return;
  }
  EXPECT_GT(copied_, 0);
  EXPECT_GT(acknowledged_, 0);
  std::cout << copied_ << " copied, " << acknowledged_ << " acknowledgements checked\n";
}

}  // namespace
}  // namespace sluice::contract

int main(int argc, char** argv) {
  if (argc == 6 && std::string_view(argv[1]) == "child") return sluice::contract::Child(argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
