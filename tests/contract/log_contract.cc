#include "tests/contract/log_contract.h"

#include <algorithm>
#include <set>

#include "pipeline/base/strings.h"

namespace sluice::contract {
namespace {

constexpr std::string_view kMarkerKey = "marker";

Entry Own(const log::Record& record) {
  return {std::string(record.topic), record.partition,        record.offset,
          record.appended,           std::string(record.key), std::string(record.value)};
}

}  // namespace

// Implementations run the suite from programs of their own.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LogContract);

std::vector<std::string> Values(const std::vector<Entry>& entries) {
  std::vector<std::string> values;
  for (const Entry& entry : entries) values.push_back(entry.value);
  return values;
}

void LogContract::SetUp() {
  harness_ = GetParam().make({});
  ASSERT_NE(harness_, nullptr) << GetParam().name << " could not be started";
}

void LogContract::TearDown() {
  producer_.reset();
  harness_.reset();
}

log::Spec LogContract::CopySpec() {
  return {.stage = "copy",
          .inputs = {"crawl-targets", "sources"},
          .outputs = {"raw-pages", "documents", "deduped", "clean"},
          .tables = {{.name = "seen"},
                     {.name = "recent", .kind = log::Table::Kind::kExpiring},
                     {.name = "quiet", .load = false}}};
}

std::unique_ptr<log::Worker> LogContract::Open(const log::Spec& spec, log::Partition partition,
                                               std::vector<LoadedRow>* loaded) {
  const auto load = [loaded](std::string_view table, std::string_view key, std::string_view value) {
    if (loaded != nullptr) {
      loaded->push_back({std::string(table), std::string(key), std::string(value)});
    }
  };
  auto worker = log().OpenWorker(spec, partition, load, {});
  EXPECT_TRUE(worker.ok()) << worker.status();
  return worker.ok() ? *std::move(worker) : nullptr;
}

std::unique_ptr<log::Worker> LogContract::OpenReplica(const log::Spec& spec,
                                                      std::vector<LoadedRow>* loaded) {
  const auto load = [loaded](std::string_view table, std::string_view key, std::string_view value) {
    if (loaded != nullptr) {
      loaded->push_back({std::string(table), std::string(key), std::string(value)});
    }
  };
  auto worker = log().OpenReplica(spec, load, {});
  EXPECT_TRUE(worker.ok()) << worker.status();
  return worker.ok() ? *std::move(worker) : nullptr;
}

absl::Status LogContract::OpenStatus(const log::Spec& spec, log::Partition partition) {
  return log().OpenWorker(spec, partition, [](auto, auto, auto) {}, {}).status();
}

void LogContract::Reopen() {
  producer_.reset();
  const absl::Status status = harness_->Reopen({});
  ASSERT_TRUE(status.ok()) << status;
}

log::Worker& LogContract::Producer() {
  if (producer_ == nullptr) {
    log::Spec spec{.stage = "producer", .inputs = {"sources"}, .outputs = {}, .tables = {}};
    for (const std::string topic :
         {"crawl-targets", "raw-pages", "documents", "deduped", "clean", "sources"}) {
      spec.outputs.push_back(topic);
    }
    producer_ = Open(spec);
  }
  return *producer_;
}

void LogContract::Produce(std::string_view topic,
                          const std::vector<std::pair<std::string, std::string>>& records) {
  log::Transaction transaction(nullptr);
  for (const auto& [key, value] : records) {
    ASSERT_TRUE(transaction.Emit(topic, key, value).ok());
  }
  const absl::Status status = Producer().Commit(std::move(transaction), {});
  ASSERT_TRUE(status.ok()) << status;
}

void LogContract::ProduceTo(std::string_view topic, log::Partition partition,
                            std::string_view value, std::string_view key) {
  log::Transaction transaction(nullptr);
  ASSERT_TRUE(transaction.EmitTo(topic, partition, key, std::string(value)).ok());
  const absl::Status status = Producer().Commit(std::move(transaction), {});
  ASSERT_TRUE(status.ok()) << status;
}

Taken LogContract::Take(log::Worker& worker, size_t count, const log::Limits& limits) {
  Taken taken;
  while (taken.records.size() < count) {
    log::Limits left = limits;
    left.records_max = std::min(limits.records_max, count - taken.records.size());
    const auto records = worker.Poll(left, Patience());
    EXPECT_TRUE(records.ok()) << records.status();
    if (!records.ok()) break;
    EXPECT_FALSE(records->empty())
        << "waited in vain for record " << taken.records.size() + 1 << " of " << count;
    if (records->empty()) break;
    for (const log::Record& record : *records) {
      taken.entries.push_back(Own(record));
      taken.records.push_back({.topic = record.topic,
                               .partition = record.partition,
                               .offset = record.offset,
                               .appended = record.appended,
                               .key = {},
                               .value = {}});
    }
  }
  return taken;
}

void LogContract::ExpectNothingMore(log::Worker& worker, std::string_view topic,
                                    log::Partition partition) {
  const std::string marker = fmt::format("marker {}", ++markers_);
  ProduceTo(topic, partition, marker, kMarkerKey);
  EXPECT_THAT(Values(Take(worker, 1).entries), testing::ElementsAre(marker));
}

std::vector<Entry> LogContract::ReadAll(std::string_view topic) {
  const std::string marker = fmt::format("marker {}", ++markers_);
  const log::Partition partitions = log().Partitions(topic);
  for (log::Partition p = 0; p < partitions; ++p) ProduceTo(topic, p, marker, kMarkerKey);
  const std::unique_ptr<log::Worker> reader =
      OpenReplica({.stage = fmt::format("reader-{}", ++readers_),
                   .inputs = {std::string(topic)},
                   .outputs = {},
                   .tables = {}});
  std::vector<Entry> entries;
  std::set<log::Partition> done;
  while (reader != nullptr && done.size() < partitions && !HasFailure()) {
    for (Entry& entry : Take(*reader, 1).entries) {
      if (entry.key != kMarkerKey) {
        entries.push_back(std::move(entry));
      } else if (entry.value == marker) {
        done.insert(entry.partition);
      }
    }
  }
  std::ranges::sort(entries, {},
                    [](const Entry& entry) { return std::pair(entry.partition, entry.offset); });
  return entries;
}

absl::Status LogContract::CommitAll(log::Worker& worker, log::Transaction transaction,
                                    const Taken& taken) {
  return worker.Commit(std::move(transaction), taken.records);
}

}  // namespace sluice::contract
