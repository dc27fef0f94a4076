// The embedded log: what one worker copies a second, how fast many commit, and how long one hop
// takes.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "pipeline/base/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/embedded/embedded_log.h"
#include "tests/support/temporary_directory.h"

namespace sluice::embedded {
namespace {

const base::SystemClock kClock;

// A fresh log with its thread that syncs.
class World {
 public:
  explicit World(absl::Duration sync_interval) {
    options_.directory = directory_.path();
    options_.sync_interval = sync_interval;
    auto opened = EmbeddedLog::Open(options_, kClock);
    if (!opened.ok()) {
      fmt::print(stderr, "{}\n", opened.status());
      std::exit(1);
    }
    log_ = *std::move(opened);
    if (sync_interval == absl::ZeroDuration()) return;
    syncer_ = std::jthread([this](const std::stop_token& stop) {
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any never;
      while (!stop.stop_requested()) {
        const auto next = log_->Sync();
        if (!next.ok()) return;
        never.wait_for(lock, stop, absl::ToChronoMilliseconds(*next - kClock.Now()),
                       [] { return false; });
      }
    });
  }
  ~World() {
    syncer_ = {};
    log_.reset();
  }

  EmbeddedLog& log() { return *log_; }
  std::unique_ptr<log::Worker> Open(std::string stage, std::vector<std::string> inputs,
                                    std::vector<std::string> outputs) {
    return *log_->OpenWorker({.stage = std::move(stage),
                              .inputs = std::move(inputs),
                              .outputs = std::move(outputs),
                              .tables = {}},
                             0, [](auto, auto, auto) {}, {});
  }

 private:
  const support::TemporaryDirectory directory_;
  EmbeddedLog::Options options_;
  std::unique_ptr<EmbeddedLog> log_;
  std::jthread syncer_;
};

// Text of a kind: words drawn from few, so that lz4 finds something. Pages are compressed already:
// noise.
std::string Value(size_t bytes, bool text) {
  std::mt19937_64 random(bytes);
  std::string value;
  while (value.size() < bytes) {
    if (text) {
      value += fmt::format("{:x} ", random() % 4096 * 7919);
    } else {
      value.push_back(static_cast<char>(random()));
    }
  }
  value.resize(bytes);
  return value;
}

void Fill(World& world, const std::string& topic, const std::string& value, int records) {
  const auto writer = world.Open("writer", {}, {topic});
  for (int i = 0; i < records; i += 100) {
    log::Transaction transaction(nullptr);
    for (int j = 0; j < 100; ++j) (void)transaction.Emit(topic, "key", value);
    if (!writer->Commit(std::move(transaction), {}).ok()) std::exit(1);
  }
}

// Poll, emit the same, commit: a stage that costs nothing. Arguments: bytes a record, milliseconds
// between syncs (0: each).
void BM_Copy(benchmark::State& state) {
  const auto bytes = static_cast<size_t>(state.range(0));
  const bool text = bytes < 10'000;
  const std::string input = text ? "documents" : "raw-pages";
  const std::string output = text ? "deduped" : "raw-pages";
  const int records_max =
      static_cast<int>(std::min<size_t>(60'000, (size_t{200} << 20) / bytes)) / 100 * 100;
  uint64_t records = 0;
  uint64_t commits = 0;
  for (auto _ : state) {
    World world(absl::Milliseconds(state.range(1)));
    Fill(world, input, Value(bytes, text), records_max);
    const auto worker = world.Open("copier", {input}, {output});
    const absl::Time begun = absl::Now();
    for (int left = records_max; left > 0;) {
      const auto polled = worker->Poll({}, absl::InfiniteFuture());
      if (!polled.ok()) std::exit(1);
      log::Transaction transaction(&worker->state());
      for (const log::Record& record : *polled)
        (void)transaction.Emit(output, record.key, std::string(record.value));
      if (!worker->Commit(std::move(transaction), *polled).ok()) std::exit(1);
      left -= static_cast<int>(polled->size());
      records += polled->size();
      ++commits;
    }
    state.SetIterationTime(absl::ToDoubleSeconds(absl::Now() - begun));
  }
  state.counters["records/s"] =
      benchmark::Counter(static_cast<double>(records), benchmark::Counter::kIsRate);
  state.counters["MB/s"] =
      benchmark::Counter(static_cast<double>(records * bytes) / 1e6, benchmark::Counter::kIsRate);
  state.counters["commits/s"] =
      benchmark::Counter(static_cast<double>(commits), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_Copy)
    ->ArgsProduct({{3'000, 30'000}, {100, 0}})
    ->ArgNames({"bytes", "sync_ms"})
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

// Small commits, one record each, by as many threads as stages are.
void BM_Commits(benchmark::State& state) {
  constexpr int kCommits = 2'000;
  const auto threads = static_cast<int>(state.range(0));
  const std::string value = Value(3'000, true);
  for (auto _ : state) {
    World world(absl::Milliseconds(state.range(1)));
    std::vector<std::unique_ptr<log::Worker>> workers;
    for (int t = 0; t < threads; ++t)
      workers.push_back(world.Open(fmt::format("stage{}", t), {}, {"documents"}));
    const absl::Time begun = absl::Now();
    {
      std::vector<std::jthread> running;
      for (const auto& worker : workers) {
        running.emplace_back([&] {
          for (int i = 0; i < kCommits; ++i) {
            log::Transaction transaction(nullptr);
            (void)transaction.Emit("documents", "key", value);
            if (!worker->Commit(std::move(transaction), {}).ok()) std::exit(1);
          }
        });
      }
    }
    state.SetIterationTime(absl::ToDoubleSeconds(absl::Now() - begun));
  }
  state.counters["commits/s"] =
      benchmark::Counter(static_cast<double>(kCommits * threads), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_Commits)
    ->ArgsProduct({{1, 5}, {100, 0}})
    ->ArgNames({"threads", "sync_ms"})
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

// From before a commit until another shard, or a replica, has the record; a commit every few
// milliseconds.
void BM_OneHop(benchmark::State& state) {
  constexpr int kHops = 300;
  const bool replica = state.range(1) != 0;
  std::vector<double> micros;
  for (auto _ : state) {
    World world(absl::Milliseconds(state.range(0)));
    const auto writer = world.Open("writer", {}, {"documents"});
    const log::Spec spec{.stage = "reader", .inputs = {"documents"}, .outputs = {}, .tables = {}};
    const auto reader = replica ? *world.log().OpenReplica(spec, [](auto, auto, auto) {}, {})
                                : *world.log().OpenWorker(spec, 0, [](auto, auto, auto) {}, {});
    std::vector<absl::Time> begun(kHops);
    std::jthread writing([&](const std::stop_token& stop) {
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any never;
      const std::string value = Value(3'000, true);
      for (int i = 0; i < kHops; ++i) {
        never.wait_for(lock, stop, std::chrono::microseconds(2'000), [] { return false; });
        log::Transaction transaction(nullptr);
        (void)transaction.Emit("documents", "key", value);
        begun[i] = absl::Now();
        if (!writer->Commit(std::move(transaction), {}).ok()) std::exit(1);
      }
    });
    for (int i = 0; i < kHops;) {
      const auto polled = reader->Poll({}, absl::InfiniteFuture());
      if (!polled.ok()) std::exit(1);
      const absl::Time now = absl::Now();
      for (size_t j = 0; j < polled->size(); ++j)
        micros.push_back(absl::ToDoubleMicroseconds(now - begun[i++]));
    }
  }
  std::ranges::sort(micros);
  state.counters["p50_us"] = micros[micros.size() / 2];
  state.counters["p99_us"] = micros[micros.size() * 99 / 100];
}
BENCHMARK(BM_OneHop)
    ->ArgsProduct({{100, 0}, {0, 1}})
    ->ArgNames({"sync_ms", "replica"})
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice::embedded
