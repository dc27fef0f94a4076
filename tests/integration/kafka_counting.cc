#include "tests/integration/kafka_counting.h"

#include <charconv>
#include <optional>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "pipeline/base/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"

namespace sluice::integration {
namespace {

constexpr std::string_view kTable = "counter";
constexpr std::string_view kRow = "n";
constexpr log::Limits kSmallTurns = {.records_max = 7, .bytes_max = 1 << 20};

uint64_t ReadCount(const std::optional<std::string>& row) {
  uint64_t count = 0;
  if (row.has_value()) std::from_chars(row->data(), row->data() + row->size(), count);
  return count;
}

std::string Value(uint64_t i) { return fmt::format("value {}", i); }

}  // namespace

log::Spec CountingSpec() {
  return {.stage = "counting",
          .inputs = {std::string(log::kRawPages)},
          .outputs = {std::string(log::kDocuments)},
          .tables = {{.name = std::string(kTable)}}};
}

kafka::Options CountingOptions(const std::string& bootstrap, const std::string& prefix,
                               const std::string& state_directory) {
  kafka::Options options;
  options.bootstrap_servers = bootstrap;
  options.topic_prefix = prefix;
  options.partitions = 1;
  options.state_directory = state_directory;
  options.open_wait_max = absl::Minutes(2);
  return options;
}

absl::Status Count(kafka::KafkaLog& log, uint64_t until, const std::stop_token& stop) {
  auto worker = log.OpenWorker(CountingSpec(), 0, [](auto, auto, auto) {}, stop);
  if (!worker.ok()) return worker.status();
  uint64_t count = ReadCount((*worker)->state().Get(kTable, kRow));
  while (count < until) {
    auto records = (*worker)->Poll(kSmallTurns, absl::Now() + absl::Seconds(1));
    if (!records.ok()) return records.status();
    if (records->empty()) continue;
    log::Transaction transaction(&(*worker)->state());
    for (const log::Record& record : *records) {
      absl::Status status = transaction.Emit(log::kDocuments, record.key,
                                             fmt::format("{} {}", count++, record.value));
      if (!status.ok()) return status;
      transaction.Put(kTable, kRow, std::to_string(count));
    }
    absl::Status status = (*worker)->Commit(std::move(transaction), *records);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CountThroughFences(kafka::KafkaLog& log, uint64_t until, const std::stop_token& stop) {
  absl::Status status;
  do {
    status = Count(log, until, stop);
  } while (status.code() == absl::StatusCode::kAborted);
  return status;
}

absl::Status Feed(const kafka::Options& options, uint64_t first, uint64_t count) {
  const base::SystemClock clock;
  auto log = kafka::KafkaLog::Create(options, clock);
  if (!log.ok()) return log.status();
  auto appender = (*log)->OpenAppender();
  if (!appender.ok()) return appender.status();
  absl::Status result;
  for (uint64_t i = first; i < first + count; ++i) {
    (*appender)->Append(log::kRawPages, "k", Value(i), [&result](absl::Status status) {
      if (!status.ok()) result = std::move(status);
    });
  }
  appender->reset();  // Waits for the answers, which come from one thread.
  return result;
}

std::string Misses(const kafka::Options& options, uint64_t count) {
  const auto read = [&](std::string_view topic) {
    return ReadCommitted(options.bootstrap_servers, options.topic_prefix + std::string(topic));
  };
  // A test whose own input is wrong proves nothing.
  const std::vector<SeenRecord> input = read(log::kRawPages);
  if (input.size() < count) return fmt::format("{} records of input, not {}", input.size(), count);
  for (uint64_t i = 0; i < count; ++i) {
    if (input[i].value != Value(i)) return fmt::format("input {} is {}", i, input[i].value);
  }
  const std::vector<SeenRecord> output = read(log::kDocuments);
  if (output.size() != count)
    return fmt::format("{} records of output, not {}", output.size(), count);
  for (uint64_t i = 0; i < count; ++i) {
    const std::string expected = fmt::format("{} {}", i, Value(i));
    if (output[i].value != expected) {
      return fmt::format("output {} is {}, not {}", i, output[i].value, expected);
    }
  }
  return "";
}

}  // namespace sluice::integration
