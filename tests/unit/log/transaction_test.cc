#include "pipeline/log/transaction.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace sluice::log {
namespace {

class OneRow final : public State {
 public:
  std::optional<std::string> Get(std::string_view table, std::string_view key) const override {
    return table == "t" && key == "old" ? std::optional<std::string>("committed") : std::nullopt;
  }
  void Scan(std::string_view, std::string_view, std::string_view, Rows) const override {}
};

TEST(TransactionTest, ReadsItsOwnWritesThenTheState) {
  const OneRow state;
  Transaction transaction(&state);
  EXPECT_EQ(transaction.Get("t", "old"), "committed");
  transaction.Put("t", "old", "new");
  EXPECT_EQ(transaction.Get("t", "old"), "new");
  transaction.Erase("t", "old");
  EXPECT_EQ(transaction.Get("t", "old"), std::nullopt);
  EXPECT_EQ(transaction.Get("t", "other"), std::nullopt);
}

TEST(TransactionTest, KeepsTablesApart) {
  Transaction transaction(nullptr);
  transaction.Put("a", "bc", "1");
  EXPECT_EQ(transaction.Get("ab", "c"), std::nullopt);
  EXPECT_EQ(transaction.Get("a", "bc"), "1");
}

TEST(TransactionTest, RollsBackToASavepointAndNoFurther) {
  const OneRow state;
  Transaction transaction(&state);
  ASSERT_TRUE(transaction.Emit("clean", "k", "1").ok());
  transaction.Put("t", "old", "first");
  const Transaction::Savepoint savepoint = transaction.Save();
  ASSERT_TRUE(transaction.Emit("clean", "k", "2").ok());
  transaction.Put("t", "old", "second");
  transaction.Erase("t", "old");
  transaction.Put("t", "fresh", "x");
  transaction.ExpireBefore("t", absl::UnixEpoch());
  transaction.RollBack(savepoint);
  EXPECT_EQ(transaction.Get("t", "old"), "first");
  EXPECT_EQ(transaction.Get("t", "fresh"), std::nullopt);
  EXPECT_EQ(transaction.appends().size(), 1);
  EXPECT_EQ(transaction.rows().size(), 1);
  EXPECT_TRUE(transaction.expiries().empty());
  transaction.RollBack({});
  EXPECT_TRUE(transaction.empty());
  EXPECT_EQ(transaction.Get("t", "old"), "committed");
}

TEST(TransactionTest, RefusesARecordOverTheLimitAndKeepsNothingOfIt) {
  Transaction transaction(nullptr);
  const absl::Status status =
      transaction.Emit("clean", "k", std::string(Transaction::kRecordBytesMax, 'x'));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(transaction.empty());
  EXPECT_TRUE(
      transaction.Emit("clean", "k", std::string(Transaction::kRecordBytesMax - 1, 'x')).ok());
}

TEST(TransactionTest, EmitToNamesThePartition) {
  Transaction transaction(nullptr);
  ASSERT_TRUE(transaction.EmitTo("deduped", 3, "k", "v").ok());
  EXPECT_EQ(transaction.appends().front().partition, 3);
}

TEST(ExpiringKeyTest, OrdersByTimeThenSuffixAlsoBeforeTheEpoch) {
  const absl::Time times[] = {absl::UnixEpoch() - absl::Hours(1), absl::UnixEpoch(),
                              absl::UnixEpoch() + absl::Microseconds(1),
                              absl::UnixEpoch() + absl::Hours(500000)};
  std::string last;
  for (const absl::Time time : times) {
    for (const std::string_view suffix : {"", "a", "b"}) {
      const std::string key = ExpiringKey(time, suffix);
      EXPECT_LT(last, key);
      EXPECT_EQ(ExpiringKeyTime(key), time);
      last = key;
    }
  }
}

}  // namespace
}  // namespace sluice::log
