// What a power cut leaves is a whole that once was, and no older than what a replica or an appender
// was told.
#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <random>

#include "pipeline/base/strings.h"
#include "tests/unit/embedded/embedded_fixture.h"
#include "tests/unit/embedded/power_cut_disk.h"

namespace sluice::embedded {
namespace {

class PowerCutTest : public EmbeddedFixture {
 protected:
  // Commit `n` adds record n to two topics and makes row "count" n.
  static void Commit(log::Worker& writer, uint64_t n, size_t padding) {
    log::Transaction transaction(&writer.state());
    const std::string value = fmt::format("{} {}", n, std::string(padding, '.'));
    ASSERT_TRUE(transaction.Emit("documents", "", value).ok());
    ASSERT_TRUE(transaction.Emit("clean", "", value).ok());
    transaction.Put("rows", "count", std::to_string(n));
    ASSERT_TRUE(writer.Commit(std::move(transaction), {}).ok());
  }

  PowerCutDisk disk_;
};

TEST_F(PowerCutTest, TakesBackNothingThatWasSeenAndLeavesNoHalves) {
  const uint32_t seed = std::random_device()();
  std::cout << "seed " << seed << '\n';
  std::mt19937_64 random(seed);
  options_.env = disk_.env();
  options_.sync_interval = absl::Milliseconds(100);
  options_.memory.write_buffers_bytes = 1 << 20;  // Flushes come between.
  const std::string cut = options_.directory + "/cut";
  uint64_t lost = 0;
  uint64_t commits_lost = 0;
  uint64_t acknowledged = 0;  // The log's end acknowledges too.
  Reopen();
  {
    const auto writer = Writer();
    const auto replica = Replica("documents");
    const auto appender = *log_->OpenAppender();
    uint64_t count = 0;
    uint64_t seen = 0;
    for (int round = 0; round < 25; ++round) {
      for (uint64_t i = random() % 40; i > 0; --i) {
        Commit(*writer, ++count, random() % 20'000);
        if (random() % 15 == 0) {
          appender->Append("sources", "", "x",
                           [&](const absl::Status& status) { acknowledged += status.ok(); });
        }
        if (random() % 20 != 0) continue;
        ASSERT_TRUE(log_->Sync().ok());
        seen += Values(*replica, {.records_max = 100'000, .bytes_max = 1 << 30})->size();
      }
      lost += disk_.Cut(options_.directory + "/rocksdb", cut + "/rocksdb", random);

      EmbeddedLog::Options options = options_;
      options.directory = cut;
      options.env = nullptr;
      const auto after = EmbeddedLog::Open(options, clock_);
      ASSERT_TRUE(after.ok()) << after.status();
      const auto read = [&](const std::string& topic) {
        const auto reader =
            (*after)->OpenReplica({.stage = topic, .inputs = {topic}, .outputs = {}, .tables = {}},
                                  [](auto, auto, auto) {}, {});
        return *Values(**reader, {.records_max = 100'000, .bytes_max = 1 << 30});
      };
      const std::vector<std::string> documents = read("documents");
      EXPECT_GE(documents.size(), seen);
      EXPECT_LE(documents.size(), count);
      for (size_t i = 0; i < documents.size(); ++i)
        ASSERT_TRUE(documents[i].starts_with(fmt::format("{} ", i + 1)));
      EXPECT_EQ(read("clean"), documents);
      EXPECT_GE(read("sources").size(), acknowledged);
      log::Spec spec{.stage = "writer", .inputs = {}, .outputs = {}, .tables = {{.name = "rows"}}};
      const auto rows = (*after)->OpenWorker(spec, 0, [](auto, auto, auto) {}, {});
      EXPECT_EQ((*rows)->state().Get("rows", "count").value_or("0"),
                std::to_string(documents.size()));
      commits_lost += count - documents.size();
    }
    EXPECT_GT(seen, 0);
    EXPECT_GT(acknowledged, 0);
  }
  // The cuts did cut.
  EXPECT_GT(lost, 0);
  EXPECT_GT(commits_lost, 0);
  log_.reset();
}

// Files are removed at once and for good, so the mark below which all is gone has to be there
// first.
TEST_F(PowerCutTest, NeverBringsBackAStartWhoseRecordsAreGone) {
  std::mt19937_64 random(1);
  options_.env = disk_.env();
  options_.sync_interval = absl::Milliseconds(100);
  options_.memory.write_buffers_bytes = 1 << 20;
  const std::string cut = options_.directory + "/cut";
  Reopen();
  {
    const auto writer = Writer();
    uint64_t count = 0;
    for (int round = 0; round < 3; ++round) {
      const uint64_t begin = count;
      while (count < begin + 100) Commit(*writer, ++count, 20'000);
      // Has what is left compacted into files that the next trim removes whole.
      ASSERT_TRUE(log_->TrimTo("documents", 0, begin + 10).ok());
      while (count < begin + 105) Commit(*writer, ++count, 20'000);
      std::atomic<bool> removed = false;
      disk_.BeforeRemoval([&] {
        disk_.Cut(options_.directory + "/rocksdb", cut + "/rocksdb", random);
        removed = true;
      });
      ASSERT_TRUE(log_->TrimTo("documents", 0, begin + 100).ok());
      disk_.BeforeRemoval(nullptr);
      ASSERT_TRUE(removed);

      EmbeddedLog::Options options = options_;
      options.directory = cut;
      options.env = nullptr;
      const auto after = EmbeddedLog::Open(options, clock_);
      ASSERT_TRUE(after.ok()) << after.status();
      const auto reader = (*after)->OpenReplica(
          {.stage = "new", .inputs = {"documents"}, .outputs = {}, .tables = {}},
          [](auto, auto, auto) {}, {});
      ASSERT_TRUE(reader.ok()) << reader.status();
      const auto values = Values(**reader);
      ASSERT_TRUE(values.ok()) << values.status();
      ASSERT_FALSE(values->empty());
      EXPECT_TRUE(values->front().starts_with(fmt::format("{} ", begin + 101)))
          << values->front().substr(0, 10);
      const auto trimmed = (*after)->Trim();
      EXPECT_TRUE(trimmed.ok()) << trimmed.status();
    }
  }
  log_.reset();
}

}  // namespace
}  // namespace sluice::embedded
