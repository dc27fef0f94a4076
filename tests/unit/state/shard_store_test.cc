#include "pipeline/state/shard_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>

#include "tests/support/temporary_directory.h"

namespace sluice::state {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using Row = log::Transaction::Row;
using Found = std::vector<std::pair<std::string, std::string>>;

const std::vector<log::Table> kTables = {
    {.name = "host"},
    {.name = "record", .kind = log::Table::Kind::kExpiring},
    {.name = "unloaded", .load = false},
};

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }
std::string Timed(int64_t seconds, std::string_view suffix = "") {
  return log::ExpiringKey(At(seconds), suffix);
}

class ShardStoreTest : public testing::Test {
 protected:
  void SetUp() override { Reopen(); }

  absl::StatusOr<std::unique_ptr<ShardStore>> Open(
      const std::vector<log::Table>& tables = kTables) {
    return ShardStore::Open({.directory = directory_, .owner = "dedupe.0"}, tables, memory_);
  }
  void Reopen() {
    store_.reset();
    auto opened = Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  void Put(const std::string& table, const std::string& key, const std::string& value) {
    const Row row{table, key, value};
    ASSERT_TRUE(store_->Apply({&row, 1}, {}, {}).ok());
  }
  void Expire(const std::string& table, absl::Time time) {
    const std::pair<std::string, absl::Time> expiry(table, time);
    ASSERT_TRUE(store_->Apply({}, {&expiry, 1}, {}).ok());
  }
  Found Scan(std::string_view table, std::string_view from = "", std::string_view to = "") {
    Found rows;
    store_->state().Scan(table, from, to, [&](std::string_view key, std::string_view value) {
      rows.emplace_back(key, value);
    });
    return rows;
  }

  Memory memory_{{}};
  const support::TemporaryDirectory temporary_;
  const std::string directory_ = temporary_.path();
  std::unique_ptr<ShardStore> store_;
};

TEST_F(ShardStoreTest, KeepsRowsAndCheckpointOverAReopen) {
  const std::vector<Row> rows = {
      {"host", "a", "1"}, {"host", "b", "2"}, {"host", "a", "3"}, {"host", "b", std::nullopt}};
  const ShardStore::Checkpoint checkpoint{.sequence = 7, .positions = std::string("p\0q", 3)};
  EXPECT_EQ(store_->checkpoint(), ShardStore::Checkpoint());
  ASSERT_TRUE(store_->Apply(rows, {}, checkpoint).ok());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(store_->checkpoint(), checkpoint);
    EXPECT_EQ(store_->state().Get("host", "a"), "3");
    EXPECT_EQ(store_->state().Get("host", "b"), std::nullopt);
    Reopen();
  }
}

TEST_F(ShardStoreTest, ScansAHalfOpenRangeInOrderWithinItsTable) {
  for (const std::string key : {"c", "a", "b", "d"}) Put("host", key, key + key);
  Put("unloaded", "a", "other");
  EXPECT_THAT(Scan("host", "b", "d"), ElementsAre(Pair("b", "bb"), Pair("c", "cc")));
  EXPECT_EQ(Scan("host").size(), 4);
  EXPECT_THAT(Scan("host", "d", "b"), IsEmpty());
}

TEST_F(ShardStoreTest, KeysMayHoldAnyBytes) {
  const std::string odd("\0\xff\0", 3);
  Put("host", odd, "odd");
  Put("host", "", "empty");
  EXPECT_EQ(store_->state().Get("host", odd), "odd");
  EXPECT_THAT(Scan("host"), ElementsAre(Pair("", "empty"), Pair(odd, "odd")));
}

TEST_F(ShardStoreTest, LoadsTheTablesThatAskInTheSpecsOrder) {
  Put("record", Timed(5), "r");
  Put("unloaded", "x", "y");
  Put("host", "b", "2");
  Put("host", "a", "1");
  std::vector<std::string> seen;
  ASSERT_TRUE(store_
                  ->Load([&](std::string_view table, std::string_view, std::string_view value) {
                    seen.push_back(std::string(table) + "=" + std::string(value));
                  })
                  .ok());
  EXPECT_THAT(seen, ElementsAre("host=1", "host=2", "record=r"));
}

TEST_F(ShardStoreTest, ExpiresFewRowsAndManyAndNotTheOneAtTheTime) {
  for (const int rows : {3, 500}) {
    for (int i = 0; i < rows; ++i) Put("record", Timed(1000 + i, "s"), "v");
    Expire("record", At(1000 + rows - 1));
    EXPECT_THAT(Scan("record"), ElementsAre(Pair(Timed(1000 + rows - 1, "s"), "v"))) << rows;
    EXPECT_EQ(store_->state().Get("record", Timed(1000, "s")), std::nullopt);
    Expire("record", absl::InfiniteFuture());
    EXPECT_THAT(Scan("record"), IsEmpty());
  }
}

TEST_F(ShardStoreTest, ARowOlderThanWhatExpiredLivesUntilTheNextExpiry) {
  Put("record", Timed(10), "a");
  Expire("record", At(100));
  Put("record", Timed(50), "late");
  EXPECT_THAT(Scan("record"), ElementsAre(Pair(Timed(50), "late")));
  Reopen();
  EXPECT_THAT(Scan("record"), ElementsAre(Pair(Timed(50), "late")));
  Expire("record", At(100));
  EXPECT_THAT(Scan("record"), IsEmpty());
}

TEST_F(ShardStoreTest, AnExpiryRemovesRowsOfItsOwnBatch) {
  const Row row{"record", Timed(5), "v"};
  const std::pair<std::string, absl::Time> expiry("record", At(6));
  ASSERT_TRUE(store_->Apply({&row, 1}, {&expiry, 1}, {}).ok());
  EXPECT_THAT(Scan("record"), IsEmpty());
}

TEST_F(ShardStoreTest, AgreesWithAMapOverRandomChanges) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::map<std::string, std::map<std::string, std::string>> oracle;
  for (int turn = 0; turn < 300; ++turn) {
    std::vector<Row> rows;
    std::vector<std::pair<std::string, absl::Time>> expiries;
    for (uint32_t i = random() % 8; i > 0; --i) {
      const std::string table = random() % 2 == 0 ? "host" : "record";
      const std::string key =
          table == "host" ? std::to_string(random() % 20) : Timed(random() % 300, "k");
      std::optional<std::string> value;
      if (random() % 4 != 0) value = std::to_string(random());
      if (value.has_value()) {
        oracle[table][key] = *value;
      } else {
        oracle[table].erase(key);
      }
      rows.push_back({table, key, value});
    }
    if (random() % 5 == 0) {
      const int64_t time = random() % 300;
      expiries.emplace_back("record", At(time));
      oracle["record"].erase(oracle["record"].begin(), oracle["record"].lower_bound(Timed(time)));
    }
    ASSERT_TRUE(store_->Apply(rows, expiries, {}).ok());
    if (random() % 20 == 0) Reopen();
    for (const std::string table : {"host", "record"}) {
      ASSERT_EQ(Scan(table), Found(oracle[table].begin(), oracle[table].end())) << table << turn;
    }
  }
}

TEST_F(ShardStoreTest, RefusesRowsOfAnotherVersionOrKindAndNamesTheWay) {
  Put("host", "a", "1");
  store_.reset();
  std::vector<log::Table> tables = kTables;
  tables[0].version = 2;
  absl::Status status = Open(tables).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("remove " + directory_));
  tables = kTables;
  tables[0].kind = log::Table::Kind::kExpiring;
  status = Open(tables).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Open().ok());
}

TEST_F(ShardStoreTest, TakesAnotherVersionOfATableWithoutRows) {
  Put("host", "a", "1");
  const Row erased{"host", "a", std::nullopt};
  ASSERT_TRUE(store_->Apply({&erased, 1}, {}, {}).ok());
  store_.reset();
  std::vector<log::Table> tables = kTables;
  tables[0].version = 2;
  EXPECT_TRUE(Open(tables).ok());
}

TEST_F(ShardStoreTest, WipesToANewStore) {
  Put("host", "a", "1");
  Put("record", Timed(5), "v");
  Expire("record", At(3));
  ASSERT_TRUE(store_->Apply({}, {}, {.sequence = 3, .positions = "p"}).ok());
  ASSERT_TRUE(store_->Wipe().ok());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(store_->checkpoint(), ShardStore::Checkpoint());
    EXPECT_THAT(Scan("host"), IsEmpty());
    EXPECT_THAT(Scan("record"), IsEmpty());
    Reopen();
  }
  Put("record", Timed(1), "v");
  EXPECT_EQ(Scan("record").size(), 1);
}

TEST_F(ShardStoreTest, RefusesADirectoryInUse) {
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ShardStoreTest, SaysThatADamagedStoreIsDamaged) {
  store_.reset();
  for (const auto& file : std::filesystem::directory_iterator(directory_ + "/rocksdb")) {
    if (file.path().filename().string().starts_with("MANIFEST"))
      std::filesystem::resize_file(file, 3);
  }
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr(directory_));
}

}  // namespace
}  // namespace sluice::state
