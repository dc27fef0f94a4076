// What is read, in which order, and when a Poll returns.
#include <map>
#include <thread>

#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "tests/contract/log_contract.h"

namespace sluice::contract {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(LogContract, EachShardReadsItsPartitionInOrderOnceEach) {
  constexpr int kRecords = 200;
  std::vector<std::vector<std::string>> expected(4);
  for (int i = 0; i < kRecords; i += 50) {
    std::vector<std::pair<std::string, std::string>> records;
    for (int j = i; j < i + 50; ++j) {
      const std::string key = fmt::format("host{}", j % 17);
      records.emplace_back(key, std::to_string(j));
      expected[log::PartitionOf(key, 4)].push_back(std::to_string(j));
    }
    Produce("crawl-targets", records);
  }
  for (log::Partition p = 0; p < 4; ++p) {
    const auto worker = Open(CopySpec(), p);
    const Taken taken = Take(*worker, expected[p].size());
    EXPECT_EQ(Values(taken.entries), expected[p]);
    for (size_t i = 0; i < taken.entries.size(); ++i) {
      const Entry& entry = taken.entries[i];
      EXPECT_EQ(entry.topic, "crawl-targets");
      EXPECT_EQ(entry.partition, p);
      EXPECT_EQ(entry.key, fmt::format("host{}", std::stoi(entry.value) % 17));
      if (i == 0) continue;
      EXPECT_GT(entry.offset, taken.entries[i - 1].offset);
      EXPECT_GE(entry.appended, taken.entries[i - 1].appended);
    }
    ExpectNothingMore(*worker, "crawl-targets", p);
  }
}

// The hash is the project's own: these places may not change on any log.
TEST_P(LogContract, PlacesKeysWhereEveryLogPlacesThem) {
  EXPECT_EQ(log().Partitions("crawl-targets"), 4);
  EXPECT_EQ(log().Partitions("documents"), 1);
  const std::map<std::string, log::Partition> places = {
      {"example.org", 1}, {"example.com", 3}, {"", 2}, {"a", 3}, {"b", 3}};
  for (const auto& [key, partition] : places) Produce("deduped", {{key, key}});
  for (const Entry& entry : ReadAll("deduped")) {
    EXPECT_EQ(entry.partition, log::PartitionOf(entry.key, 4)) << entry.key;
    EXPECT_EQ(entry.partition, places.at(entry.key)) << entry.key;
  }
}

TEST_P(LogContract, ARecordForAGivenPartitionGoesThere) {
  for (log::Partition p = 0; p < 4; ++p) ProduceTo("crawl-targets", p, fmt::format("for {}", p));
  for (log::Partition p = 0; p < 4; ++p) {
    const auto worker = Open(CopySpec(), p);
    EXPECT_THAT(Values(Take(*worker, 1).entries), ElementsAre(fmt::format("for {}", p)));
  }
}

TEST_P(LogContract, AnInputOfOnePartitionIsReadByShardZeroAlone) {
  Produce("sources", {{"", "pause"}});
  ProduceTo("crawl-targets", 0, "zero");
  ProduceTo("crawl-targets", 1, "one");
  const auto zero = Open(CopySpec(), 0);
  EXPECT_THAT(Values(Take(*zero, 2).entries), testing::UnorderedElementsAre("pause", "zero"));
  const auto one = Open(CopySpec(), 1);
  EXPECT_THAT(Values(Take(*one, 1).entries), ElementsAre("one"));
  ExpectNothingMore(*one, "crawl-targets", 1);
}

TEST_P(LogContract, OneRecordEndsAPollThatWaits) {
  const auto worker = Open(CopySpec());
  const std::jthread producer([this] { ProduceTo("crawl-targets", 0, "there"); });
  const auto records = worker->Poll({}, absl::InfiniteFuture());
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->size(), 1);
  EXPECT_EQ(records->front().value, "there");
}

TEST_P(LogContract, APollEndsEmptyAtItsDeadlineAndNotBefore) {
  const auto worker = Open(CopySpec());
  const absl::Duration wait = absl::Milliseconds(30);
  const absl::Time deadline = harness().clock().Now() + wait;
  const std::jthread time([&] { harness().PassTime(wait); });
  const auto records = worker->Poll({}, deadline);
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_THAT(*records, IsEmpty());
  EXPECT_GE(harness().clock().Now(), deadline);
}

TEST_P(LogContract, AWakeEndsThePollThatWaitsOrTheNextOne) {
  const auto worker = Open(CopySpec());
  worker->Wake();
  auto records = worker->Poll({}, absl::InfiniteFuture());
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_THAT(*records, IsEmpty());
  const std::jthread waker([&] { worker->Wake(); });
  records = worker->Poll({}, absl::InfiniteFuture());
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_THAT(*records, IsEmpty());
}

TEST_P(LogContract, AWakeDoesNotHideRecords) {
  ProduceTo("crawl-targets", 0, "there");
  const auto worker = Open(CopySpec());
  worker->Wake();
  auto records = worker->Poll({}, absl::InfiniteFuture());
  ASSERT_TRUE(records.ok());
  // Records first and then the Wake, or the other way round: neither is lost.
  const bool woken_first = records->empty();
  if (woken_first) {
    EXPECT_THAT(Values(Take(*worker, 1).entries), ElementsAre("there"));
  } else {
    records = worker->Poll({}, absl::InfiniteFuture());
    ASSERT_TRUE(records.ok());
    EXPECT_THAT(*records, IsEmpty());
  }
}

TEST_P(LogContract, AStopEndsAPollAndAnOpen) {
  std::stop_source stop;
  auto worker = log().OpenWorker(CopySpec(), 0, [](auto, auto, auto) {}, stop.get_token());
  ASSERT_TRUE(worker.ok()) << worker.status();
  const std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_EQ((*worker)->Poll({}, absl::InfiniteFuture()).status().code(),
            absl::StatusCode::kCancelled);
  const auto again = log().OpenWorker(CopySpec(), 0, [](auto, auto, auto) {}, stop.get_token());
  EXPECT_EQ(again.status().code(), absl::StatusCode::kCancelled);
}

TEST_P(LogContract, APollKeepsToItsLimitsAndGivesOneRecordWhateverItsSize) {
  std::vector<std::pair<std::string, std::string>> records;
  for (int i = 0; i < 10; ++i)
    records.emplace_back("a", std::string(1000, static_cast<char>('0' + i)));
  Produce("documents", records);
  const auto worker =
      Open({.stage = "limited", .inputs = {"documents"}, .outputs = {}, .tables = {}});
  size_t seen = 0;
  const auto poll = [&](const log::Limits& limits) {
    const auto polled = worker->Poll(limits, Patience());
    EXPECT_TRUE(polled.ok()) << polled.status();
    for (const log::Record& record : *polled) {
      EXPECT_EQ(record.value, std::string(1000, static_cast<char>('0' + seen++)));
    }
    return polled->size();
  };
  EXPECT_EQ(poll({.records_max = 1, .bytes_max = 1 << 20}), 1);
  EXPECT_EQ(poll({.records_max = 100, .bytes_max = 1}), 1);
  const size_t several = poll({.records_max = 3, .bytes_max = 2500});
  EXPECT_GE(several, 1);
  EXPECT_LE(several, 2);
  while (seen < 10 && !HasFailure()) EXPECT_LE(poll({.records_max = 4, .bytes_max = 1 << 20}), 4);
}

TEST_P(LogContract, KeysAndValuesMayHoldAnyBytesAndNone) {
  const std::string odd("\0\xff\n\0", 4);
  Produce("documents", {{odd, odd}, {"", ""}, {"", odd}, {odd, ""}});
  std::vector<std::pair<std::string, std::string>> found;
  for (const Entry& entry : ReadAll("documents")) found.emplace_back(entry.key, entry.value);
  EXPECT_THAT(found, ElementsAre(testing::Pair(odd, odd), testing::Pair("", ""),
                                 testing::Pair("", odd), testing::Pair(odd, "")));
}

}  // namespace
}  // namespace sluice::contract
