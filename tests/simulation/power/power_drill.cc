#include "tests/simulation/power/power_drill.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"

namespace sluice::power {
namespace {

constexpr log::Partition kPartitions = 2;
constexpr log::Limits kAll = {.records_max = 1000, .bytes_max = 64 << 20};
const std::string kNumberKey = "number";

Place PlaceOf(const log::Record& record) { return {std::string(record.topic), record.partition}; }

absl::Status PowerWent() { return absl::UnavailableError("the power went"); }

// Values begin with the number of their commit.
uint64_t NumberOf(std::string_view value) { return std::stoull(std::string(value.substr(0, 20))); }

}  // namespace

PowerDrill::PowerDrill(uint64_t seed, absl::Duration sync_interval)
    : random_(seed), sync_interval_(sync_interval), disk_(seed ^ 0x9e3779b97f4a7c15) {
  const std::vector<log::Table> tables = {{.name = "rows"},
                                          {.name = "recent", .kind = log::Table::Kind::kExpiring}};
  std::vector<std::string> all;
  for (const log::Topic& topic : log::Topics()) all.emplace_back(topic.name);
  shards_.push_back({.name = "writer",
                     .spec = {.stage = "writer", .inputs = {}, .outputs = all, .tables = tables}});
  for (log::Partition p = 0; p < kPartitions; ++p) {
    shards_.push_back({.name = fmt::format("copier {}", p),
                       .spec = {.stage = "copier",
                                .inputs = {"raw-pages"},
                                .outputs = {"documents", "clean"},
                                .tables = tables},
                       .partition = p,
                       .inputs = {{"raw-pages", p}}});
  }
  shards_.push_back(
      {.name = "feed",
       .spec = {.stage = "feed", .inputs = {"clean", "sources"}, .outputs = {}, .tables = tables},
       .replica = true,
       .inputs = {{"clean", 0}, {"sources", 0}}});
}

PowerDrill::~PowerDrill() { Close(); }

void PowerDrill::Close() {
  for (Shard& shard : shards_) shard.worker.reset();
  log_.reset();
}

absl::Status PowerDrill::Open() {
  phase_ = "open";
  Found found;
  absl::Status status = OpenAll();
  for (Shard& shard : shards_) {
    if (!status.ok()) break;
    const auto load = [&](std::string_view table, std::string_view key, std::string_view value) {
      found.rows[shard.name][{std::string(table), std::string(key)}] = value;
    };
    auto worker = shard.replica ? log_->OpenReplica(shard.spec, load, {})
                                : log_->OpenWorker(shard.spec, shard.partition, load, {});
    status = worker.status();
    if (worker.ok()) shard.worker = *std::move(worker);
  }
  if (status.ok()) status = Gather(found);
  if (status.ok() && !disk_.power()) status = PowerWent();
  if (!status.ok()) {
    all_expected_ = false;  // Nobody was told what there was.
    Close();
    return status;
  }
  ++tally_.opened;
  Compare(found);
  return absl::OkStatus();
}

absl::Status PowerDrill::OpenAll() {
  embedded::EmbeddedLog::Options options;
  options.directory = directory_.path();
  options.keyed_partitions = kPartitions;
  options.sync_interval = sync_interval_;
  options.memory = {.cache_bytes = 4 << 20, .write_buffers_bytes = 256 << 10};
  options.retention.topic_bytes_max = 300'000;
  options.retention.trim_bytes_min = 30'000;
  options.env = disk_.env();
  auto opened = embedded::EmbeddedLog::Open(options, clock_);
  if (!opened.ok()) return opened.status();
  log_ = *std::move(opened);
  next_sync_ = clock_.Now();
  return absl::OkStatus();
}

absl::Status PowerDrill::Gather(Found& found) {
  for (auto& [name, rows] : found.rows) {
    const auto number = rows.find({"rows", kNumberKey});
    if (number != rows.end())
      found.newest = std::max<uint64_t>(found.newest, std::stoull(number->second));
  }
  log::Spec spec{.stage = "compare", .inputs = {}, .outputs = {}, .tables = {}};
  for (const log::Topic& topic : log::Topics()) spec.inputs.emplace_back(topic.name);
  const auto reader = log_->OpenReplica(spec, [](auto, auto, auto) {}, {});
  if (!reader.ok()) return reader.status();
  for (;;) {
    const auto records = (*reader)->Poll(kAll, absl::InfinitePast());
    if (!records.ok()) return records.status();
    if (records->empty()) return log_->health();  // Rows that could not be read tell it only there.
    for (const log::Record& record : *records) {
      found.newest = std::max(found.newest, NumberOf(record.value));
      found.records[PlaceOf(record)][record.offset] = record.value;
    }
  }
}

void PowerDrill::Compare(const Found& found) {
  EXPECT_GE(found.newest, durable_) << "what was promised is gone";
  if (all_expected_) {
    EXPECT_EQ(found.newest, history_.newest()) << "the machine was never off";
  }
  all_expected_ = false;
  ASSERT_TRUE(history_.Knows(found.newest)) << found.newest << " was lost before";
  for (const auto& [number, change] : history_.ForgetAfter(found.newest)) {
    ++tally_.commits_lost;
    tally_.oldest_lost = std::max(tally_.oldest_lost, clock_.Now() - change.time);
  }
  const World world = history_.At(found.newest);
  durable_ = found.newest;
  for (const Shard& shard : shards_) {
    const auto is = found.rows.find(shard.name);
    const auto should = world.rows.find(shard.name);
    const Rows none;
    EXPECT_TRUE((is == found.rows.end() ? none : is->second) ==
                (should == world.rows.end() ? none : should->second))
        << "the rows of " << shard.name << " are not those of commit " << found.newest;
  }
  CompareTopics(found, world);
  ComparePositions(found, world);
}

void PowerDrill::CompareTopics(const Found& found, const World& world) {
  for (const auto& [place, records] : found.records) {
    const auto should = world.topics.find(place);
    ASSERT_NE(should, world.topics.end()) << place.topic;
    uint64_t next = records.begin()->first;
    for (const auto& [offset, value] : records) {
      ASSERT_EQ(offset, next++) << place.topic;
      ASSERT_LT(offset, should->second.size()) << place.topic;
      ASSERT_TRUE(value == should->second[offset])
          << place.topic << " " << offset << " is of commit " << NumberOf(value);
      ++tally_.compared;
    }
    EXPECT_EQ(next, should->second.size()) << place.topic << " ends too early";
  }
  for (const auto& [at, value] : seen_) {
    const auto should = world.topics.find(at.first);
    ASSERT_TRUE(should != world.topics.end() && at.second < should->second.size() &&
                should->second[at.second] == value)
        << "a subscriber saw " << at.first.topic << " " << at.second << " otherwise";
  }
}

void PowerDrill::ComparePositions(const Found& found, const World& world) {
  for (Shard& shard : shards_) {
    shard.reading.clear();
    uint64_t lag = 0;
    const auto committed = world.positions.find(shard.name);
    for (const Place& place : shard.inputs) {
      // Nothing goes that is still to be read, so that the first reading is from the beginning.
      const uint64_t next = committed == world.positions.end() ? 0 : committed->second.at(place);
      shard.reading[place] = next;
      const auto left = found.records.find(place);
      if (left != found.records.end()) {
        EXPECT_LE(left->second.begin()->first, next) << shard.name << " has yet to read it";
      }
      const auto topic = world.topics.find(place);
      lag += (topic == world.topics.end() ? 0 : topic->second.size()) - next;
    }
    EXPECT_EQ(shard.worker->position().lag_records, lag) << shard.name;
  }
}

absl::Status PowerDrill::Sync() {
  const uint64_t newest = history_.newest();
  const auto next = log_->Sync();
  if (!next.ok()) return next.status();
  next_sync_ = *next;
  if (!disk_.power()) return PowerWent();
  durable_ = std::max(durable_, newest);
  return absl::OkStatus();
}

absl::Status PowerDrill::Step() {
  clock_.Advance(absl::Milliseconds(Random(20)));
  if (sync_interval_ > absl::ZeroDuration() && clock_.Now() >= next_sync_) {
    phase_ = "sync";
    if (absl::Status status = Sync(); !status.ok()) return status;
  }
  const uint64_t dice = Random(100);
  phase_ = dice < 80 ? "commit" : dice < 90 ? "append" : "trim";
  if (dice < 40) return Write();
  if (dice < 65) return Copy(shards_[1 + Random(kPartitions)]);
  if (dice < 80) return Show();
  if (dice < 90) return Append();
  if (dice < 95) return TrimSome();
  return log_->Trim().status();
}

// Twenty digits of the commit's number, and more, which now and then is as large as a page.
std::string PowerDrill::Value(uint64_t number) {
  std::string value = fmt::format("{:020}", number);
  const size_t bytes = Random(4) == 0 ? 2'000 + Random(30'000) : Random(300);
  while (value.size() < bytes) value.push_back(static_cast<char>(random_()));
  return value;
}

absl::Status PowerDrill::Write() {
  std::vector<std::pair<Place, std::string>> appends;
  for (uint64_t i = Random(5); i > 0; --i) {
    constexpr std::string_view kTopics[] = {"raw-pages", "raw-pages", "documents", "clean",
                                            "deduped"};
    const std::string topic(kTopics[Random(std::size(kTopics))]);
    const bool keyed = log::FindTopic(topic)->keyed;
    appends.emplace_back(Place{topic, static_cast<log::Partition>(keyed ? Random(kPartitions) : 0)},
                         Value(number_ + 1));
  }
  return Commit(shards_[0], std::move(appends), {});
}

absl::Status PowerDrill::Copy(Shard& shard) {
  const auto records = shard.worker->Poll({.records_max = 1 + Random(6), .bytes_max = 100'000},
                                          absl::InfinitePast());
  if (!records.ok()) return records.status();
  if (records->empty()) return absl::OkStatus();
  std::vector<std::pair<Place, std::string>> appends;
  for (const log::Record& record : *records) {
    EXPECT_EQ(record.offset, shard.reading[PlaceOf(record)]++);
    appends.emplace_back(Place{Random(2) == 0 ? "documents" : "clean", 0}, Value(number_ + 1));
  }
  return Commit(shard, std::move(appends), *records);
}

absl::Status PowerDrill::Show() {
  Shard& feed = shards_.back();
  const auto records = feed.worker->Poll({.records_max = 1 + Random(20), .bytes_max = 1 << 20},
                                         absl::InfinitePast());
  if (!records.ok()) return records.status();
  if (records->empty()) return absl::OkStatus();
  if (!disk_.power()) return PowerWent();
  for (const log::Record& record : *records) {
    EXPECT_EQ(record.offset, feed.reading[PlaceOf(record)]++);
    durable_ = std::max(durable_, NumberOf(record.value));
    const auto seen =
        seen_.try_emplace({PlaceOf(record), record.offset}, std::string(record.value));
    EXPECT_TRUE(seen.first->second == record.value) << "an offset was given twice";
    ++tally_.seen;
  }
  return Commit(feed, {}, *records);
}

absl::Status PowerDrill::Append() {
  const auto appender = log_->OpenAppender();
  if (!appender.ok()) return appender.status();
  const uint64_t number = ++number_;
  const std::string value = Value(number);
  history_.Add(number, {.shard = "",
                        .time = clock_.Now(),
                        .appends = {{Place{"sources", 0}, value}},
                        .rows = {},
                        .expiries = {},
                        .positions = {}});
  ++tally_.commits;
  absl::Status answer;
  // Closing the log answers, too: what is told later counts as well.
  auto told = std::make_shared<absl::Status>();
  (*appender)->Append("sources", "", value, [this, number, told](const absl::Status& status) {
    if (status.ok() && disk_.power()) durable_ = std::max(durable_, number);
    *told = status;
  });
  return *told;
}

absl::Status PowerDrill::Commit(Shard& shard, std::vector<std::pair<Place, std::string>> appends,
                                const std::vector<log::Record>& consumed) {
  const uint64_t number = ++number_;
  Change change{.shard = shard.name,
                .time = clock_.Now(),
                .appends = {},
                .rows = {},
                .expiries = {},
                .positions = shard.reading};
  log::Transaction transaction(&shard.worker->state());
  for (const auto& [place, value] : appends) {
    EXPECT_TRUE(transaction.EmitTo(place.topic, place.partition, "", value).ok());
  }
  change.appends = std::move(appends);
  transaction.Put("rows", kNumberKey, std::to_string(number));
  for (uint64_t i = Random(4); i > 0; --i) {
    const std::string key = std::to_string(Random(40));
    if (Random(4) == 0) {
      transaction.Erase("rows", key);
    } else {
      transaction.Put("rows", key, Value(number));
    }
  }
  transaction.Put("recent", log::ExpiringKey(clock_.Now(), std::to_string(number)), "x");
  if (Random(8) == 0) transaction.ExpireBefore("recent", clock_.Now() - absl::Milliseconds(200));
  change.rows = transaction.rows();
  change.expiries = transaction.expiries();
  history_.Add(number, std::move(change));
  ++tally_.commits;
  absl::Status status = shard.worker->Commit(std::move(transaction), consumed);
  if (status.ok() && !disk_.power()) return PowerWent();
  if (status.ok() && sync_interval_ <= absl::ZeroDuration()) durable_ = number;
  return status;
}

uint64_t PowerDrill::LowestPosition(const Place& place) const {
  uint64_t lowest = std::numeric_limits<uint64_t>::max();
  for (const Shard& shard : shards_) {
    const auto reading = shard.reading.find(place);
    if (reading != shard.reading.end()) lowest = std::min(lowest, reading->second);
  }
  return lowest;
}

// By hand; the log's own retention looks for the readers itself.
absl::Status PowerDrill::TrimSome() {
  const Place place{Random(2) == 0 ? "raw-pages" : "clean", 0};
  const uint64_t first = std::min(LowestPosition(place), Random(1 + LowestPosition(place)));
  ++tally_.trimmed;
  absl::Status status = log_->TrimTo(place.topic, place.partition, first);
  if (status.ok() && !disk_.power()) return PowerWent();
  if (status.ok()) durable_ = std::max(durable_, history_.newest());  // It has synced.
  return status;
}

}  // namespace sluice::power
