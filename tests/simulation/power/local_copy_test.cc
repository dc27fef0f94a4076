// A shard's tables beside a log that is kept elsewhere do not sync: after a power cut they are what
// they once were, and their checkpoint says when that was.
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <random>

#include "pipeline/base/strings.h"
#include "pipeline/state/shard_store.h"
#include "tests/fakes/simulated_disk.h"
#include "tests/support/temporary_directory.h"

namespace sluice::state {
namespace {

using Table = std::map<std::string, std::string>;

const std::vector<log::Table> kTables = {{.name = "rows"},
                                         {.name = "recent", .kind = log::Table::Kind::kExpiring}};

class LocalCopyTest : public testing::Test {
 protected:
  std::unique_ptr<ShardStore> Open() {
    auto store =
        ShardStore::Open({.directory = directory_.path(), .owner = "dedupe.0", .env = disk_.env()},
                         kTables, memory_);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }
  static Table Rows(const ShardStore& store) {
    Table rows;
    const absl::Status status =
        store.Load([&](std::string_view table, std::string_view key, std::string_view value) {
          rows[fmt::format("{} {}", table, key)] = value;
        });
    EXPECT_TRUE(status.ok()) << status;
    return rows;
  }
  // Applies change `number`, and does the same to the rows.
  absl::Status Apply(ShardStore& store, uint64_t number, Table& rows) {
    std::vector<log::Transaction::Row> changes;
    for (uint64_t i = 0; i < 4; ++i) {
      const bool expiring = random_() % 2 == 0;
      const std::string key =
          expiring ? log::ExpiringKey(absl::FromUnixSeconds(static_cast<int64_t>(number)),
                                      std::to_string(i))
                   : std::to_string(random_() % 50);
      const std::string value = fmt::format("{} {}", number, std::string(random_() % 4000, '.'));
      const bool erased = !expiring && random_() % 4 == 0;
      changes.push_back({.table = expiring ? "recent" : "rows",
                         .key = key,
                         .value = erased ? std::nullopt : std::optional(value)});
      const std::string name = fmt::format("{} {}", changes.back().table, key);
      if (erased) {
        rows.erase(name);
      } else {
        rows[name] = value;
      }
    }
    std::vector<std::pair<std::string, absl::Time>> expiries;
    if (random_() % 5 == 0) {
      const absl::Time end = absl::FromUnixSeconds(static_cast<int64_t>(number) - 10);
      expiries.emplace_back("recent", end);
      std::erase_if(rows, [&](const auto& row) {
        return row.first.starts_with("recent ") &&
               log::ExpiringKeyTime(std::string_view(row.first).substr(7)) < end;
      });
    }
    return store.Apply(changes, expiries,
                       {.sequence = number, .positions = std::to_string(number)});
  }

  const uint64_t seed_ = std::random_device()();
  std::mt19937_64 random_{seed_};
  fakes::SimulatedDisk disk_{seed_};
  const support::TemporaryDirectory directory_;
  const Memory memory_{{.cache_bytes = 4 << 20, .write_buffers_bytes = 256 << 10}};
};

TEST_F(LocalCopyTest, IsAfterAPowerCutWhatItWasAtItsCheckpoint) {
  std::cout << "seed " << seed_ << '\n';
  std::map<uint64_t, Table> history = {{0, {}}};
  uint64_t number = 0;
  uint64_t lost = 0;
  fakes::DiskContents::Loss loss;
  for (int life = 0; life < 60 && !HasFailure(); ++life) {
    if (random_() % 4 == 0) disk_.CutPowerAfter(1 + random_() % 60);
    auto store = Open();
    ASSERT_NE(store, nullptr);
    if (disk_.power()) {
      const uint64_t sequence = store->checkpoint().sequence;
      ASSERT_TRUE(history.contains(sequence)) << sequence;
      ASSERT_EQ(store->checkpoint().positions, sequence == 0 ? "" : std::to_string(sequence));
      ASSERT_TRUE(Rows(*store) == history[sequence]) << "not the rows of " << sequence;
      lost += number - sequence;
      history.erase(history.upper_bound(sequence), history.end());
      Table rows = history[sequence];
      number = std::max(number, sequence);
      if (random_() % 2 == 0) disk_.CutPowerAfter(1 + random_() % 200);
      for (uint64_t i = random_() % 120; i > 0 && disk_.power(); --i) {
        ++number;
        // Given first: it may be on the disk before the answer is here.
        const absl::Status status = Apply(*store, number, rows);
        ASSERT_TRUE(status.ok()) << status;
        history[number] = rows;
      }
      if (random_() % 10 == 0 && disk_.power()) {
        // Another may be made of what the log says.
        ASSERT_TRUE(store->Wipe().ok());
        history[0].clear();
      }
    }
    disk_.CutPower();
    store.reset();
    loss += disk_.PowerOn();
  }
  std::cout << fmt::format("{} changes, {} lost; {} bytes and {} names, {} files with holes\n",
                           number, lost, loss.bytes, loss.names, loss.holed_files);
  EXPECT_GT(lost, 0);
  EXPECT_GT(loss.bytes, 0);
  EXPECT_GT(loss.names, 0);
  EXPECT_GT(loss.torn_files + loss.holed_files, 0);
}

}  // namespace
}  // namespace sluice::state
