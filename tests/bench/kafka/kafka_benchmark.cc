// The log over a real broker on this machine: what one worker copies a second, and how long one hop
// takes at idle. Beside it, in the same run, what the broker gives a plain librdkafka client that
// promises nothing: the ratio is what exactly once costs.
#include <benchmark/benchmark.h>
#include <librdkafka/rdkafka.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "pipeline/base/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/kafka/kafka_log.h"
#include "pipeline/log/topics.h"
#include "tests/integration/kafka_broker.h"
#include "tests/support/temporary_directory.h"

namespace sluice::kafka {
namespace {

using integration::KafkaBroker;

const base::SystemClock kClock;

template <typename T>
T Must(absl::StatusOr<T> result) {
  if (result.ok()) return *std::move(result);
  fmt::print(stderr, "{}\n", result.status());
  std::exit(1);
}

void Must(const absl::Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "{}\n", status);
  std::exit(1);
}

// A log under a prefix of its own.
class World {
 public:
  World() : prefix_(KafkaBroker::Shared().UniquePrefix()) {
    Options options;
    options.bootstrap_servers = KafkaBroker::Shared().bootstrap();
    options.topic_prefix = prefix_;
    options.partitions = 1;
    options.state_directory = directory_.path();
    options.open_wait_max = absl::Minutes(1);
    // What librdkafka 2.0.2 reads a second at most.
    options.properties["queued.max.messages.kbytes"] = "131072";
    log_ = Must(KafkaLog::Create(options, kClock));
  }
  std::unique_ptr<log::Worker> Open(std::string stage, std::vector<std::string> inputs,
                                    std::vector<std::string> outputs) {
    return Must(log_->OpenWorker({.stage = std::move(stage),
                                  .inputs = std::move(inputs),
                                  .outputs = std::move(outputs),
                                  .tables = {}},
                                 0, [](auto, auto, auto) {}, {}));
  }
  std::string Topic(std::string_view topic) const { return prefix_ + std::string(topic); }

 private:
  const std::string prefix_;
  const support::TemporaryDirectory directory_;
  std::unique_ptr<KafkaLog> log_;
};

// Words drawn from few, so that lz4 finds something; large ones are compressed already: noise.
std::string Value(size_t bytes) {
  std::mt19937_64 random(bytes);
  std::string value;
  while (value.size() < bytes) {
    if (bytes < 10'000) {
      value += fmt::format("{:x} ", random() % 4096 * 7919);
    } else {
      value.push_back(static_cast<char>(random()));
    }
  }
  value.resize(bytes);
  return value;
}

int Records(size_t bytes) {
  return static_cast<int>(std::min<size_t>(60'000, (200 << 20) / bytes));
}
std::string_view InputOf(size_t bytes) { return bytes < 10'000 ? log::kDocuments : log::kRawPages; }

void Fill(World& world, size_t bytes) {
  const std::string value = Value(bytes);
  const auto writer = world.Open("writer", {}, {std::string(InputOf(bytes))});
  for (int left = Records(bytes); left > 0;) {
    log::Transaction transaction(nullptr);
    for (int i = 0; i < 500 && left > 0; ++i, --left) {
      Must(transaction.Emit(InputOf(bytes), "key", value));
    }
    Must(writer->Commit(std::move(transaction), {}));
  }
}

// Poll, emit the same, commit: a stage that costs nothing.
void BM_Copy(benchmark::State& state) {
  const auto bytes = static_cast<size_t>(state.range(0));
  const std::string input(InputOf(bytes));
  const std::string output(log::kClean);
  uint64_t records = 0;
  uint64_t commits = 0;
  for (auto _ : state) {
    World world;
    Fill(world, bytes);
    const auto worker = world.Open("copier", {input}, {output});
    const absl::Time begun = absl::Now();
    for (int left = Records(bytes); left > 0;) {
      const auto polled = Must(worker->Poll({}, absl::InfiniteFuture()));
      log::Transaction transaction(&worker->state());
      for (const log::Record& record : polled) {
        Must(transaction.Emit(output, record.key, std::string(record.value)));
      }
      Must(worker->Commit(std::move(transaction), polled));
      left -= static_cast<int>(polled.size());
      ++commits;
    }
    state.SetIterationTime(absl::ToDoubleSeconds(absl::Now() - begun));
    records += static_cast<uint64_t>(Records(bytes));
  }
  state.SetItemsProcessed(static_cast<int64_t>(records));
  state.SetBytesProcessed(static_cast<int64_t>(records * bytes));
  state.counters["records_per_commit"] =
      static_cast<double>(records) / static_cast<double>(commits);
}
BENCHMARK(BM_Copy)->Arg(3'000)->Arg(30'000)->UseManualTime()->Iterations(2)->Unit(
    benchmark::kMillisecond);

// The same records through a plain client: consume, produce, flush.
void BM_PlainCopy(benchmark::State& state) {
  const auto bytes = static_cast<size_t>(state.range(0));
  uint64_t records = 0;
  for (auto _ : state) {
    World world;
    Fill(world, bytes);
    const auto make = [](rd_kafka_type_t type) {
      rd_kafka_conf_t* conf = rd_kafka_conf_new();
      rd_kafka_conf_set(conf, "bootstrap.servers", KafkaBroker::Shared().bootstrap().c_str(),
                        nullptr, 0);
      rd_kafka_conf_set(conf, "group.id", "plain", nullptr, 0);
      rd_kafka_conf_set(conf, "queued.max.messages.kbytes", "131072", nullptr, 0);
      rd_kafka_conf_set(conf, "log_level", "0", nullptr, 0);
      rd_kafka_conf_set(conf, "linger.ms", "5", nullptr, 0);
      return rd_kafka_new(type, conf, nullptr, 0);
    };
    rd_kafka_t* consumer = make(RD_KAFKA_CONSUMER);
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_t* producer = make(RD_KAFKA_PRODUCER);
    rd_kafka_topic_t* output =
        rd_kafka_topic_new(producer, world.Topic(log::kClean).c_str(), nullptr);
    rd_kafka_topic_partition_list_t* places = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(places, world.Topic(InputOf(bytes)).c_str(), 0)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
    const absl::Time begun = absl::Now();
    rd_kafka_assign(consumer, places);
    for (int left = Records(bytes); left > 0;) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 1000);
      if (message == nullptr) continue;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        while (rd_kafka_produce(output, 0, RD_KAFKA_MSG_F_COPY, message->payload, message->len,
                                message->key, message->key_len, nullptr) != 0) {
          rd_kafka_poll(producer, 10);
        }
        --left;
      }
      rd_kafka_message_destroy(message);
      rd_kafka_poll(producer, 0);
    }
    rd_kafka_flush(producer, 60'000);
    state.SetIterationTime(absl::ToDoubleSeconds(absl::Now() - begun));
    records += static_cast<uint64_t>(Records(bytes));
    rd_kafka_topic_partition_list_destroy(places);
    rd_kafka_topic_destroy(output);
    rd_kafka_destroy(producer);
    rd_kafka_destroy(consumer);
  }
  state.SetItemsProcessed(static_cast<int64_t>(records));
  state.SetBytesProcessed(static_cast<int64_t>(records * bytes));
}
BENCHMARK(BM_PlainCopy)
    ->Arg(3'000)
    ->Arg(30'000)
    ->UseManualTime()
    ->Iterations(2)
    ->Unit(benchmark::kMillisecond);

// From the call of Commit to the return of the next shard's Poll; then a pause, so that nothing is
// under way.
void BM_Hop(benchmark::State& state) {
  World world;
  const auto writer = world.Open("writer", {}, {std::string(log::kDocuments)});
  const auto reader = world.Open("reader", {std::string(log::kDocuments)}, {});
  const std::string value = Value(3'000);
  std::vector<double> milliseconds;
  for (auto _ : state) {
    absl::SleepFor(absl::Milliseconds(20));
    const absl::Time begun = absl::Now();
    std::jthread commit([&] {
      log::Transaction transaction(nullptr);
      Must(transaction.Emit(log::kDocuments, "key", value));
      Must(writer->Commit(std::move(transaction), {}));
    });
    const auto polled = Must(reader->Poll({}, absl::InfiniteFuture()));
    const absl::Duration took = absl::Now() - begun;
    state.SetIterationTime(absl::ToDoubleSeconds(took));
    milliseconds.push_back(absl::ToDoubleMilliseconds(took));
    commit.join();
    Must(reader->Commit(log::Transaction(nullptr), polled));
  }
  std::ranges::sort(milliseconds);
  state.counters["p50_ms"] = milliseconds[milliseconds.size() / 2];
  state.counters["p99_ms"] = milliseconds[milliseconds.size() * 99 / 100];
}
BENCHMARK(BM_Hop)->UseManualTime()->Iterations(300)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice::kafka
