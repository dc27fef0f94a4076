// The tables: what they keep, hand over at open, expire and refuse.
#include "tests/contract/log_contract.h"

namespace sluice::contract {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(1'760'000'000 + seconds); }

std::string Timed(int64_t seconds, std::string_view suffix = "") {
  return log::ExpiringKey(At(seconds), suffix);
}

std::vector<std::string> Scan(const log::Worker& worker, std::string_view table,
                              std::string_view from = "", std::string_view to = "") {
  std::vector<std::string> rows;
  worker.state().Scan(table, from, to, [&](std::string_view key, std::string_view value) {
    rows.push_back(std::string(key) + "=" + std::string(value));
  });
  return rows;
}

TEST_P(LogContract, AnOpenLoadsEveryLiveRowInTheSpecsOrder) {
  auto worker = Open(CopySpec());
  log::Transaction first(&worker->state());
  first.Put("recent", Timed(5), "5");
  for (const std::string key : {"c", "a", "b"}) first.Put("seen", key, "first");
  first.Put("quiet", "q", "quiet");
  ASSERT_TRUE(worker->Commit(std::move(first), {}).ok());
  log::Transaction second(&worker->state());
  second.Put("seen", "a", "second");
  second.Erase("seen", "b");
  ASSERT_TRUE(worker->Commit(std::move(second), {}).ok());
  worker.reset();
  for (int i = 0; i < 2; ++i) {
    std::vector<LoadedRow> loaded;
    worker = Open(CopySpec(), 0, &loaded);
    EXPECT_THAT(loaded,
                ElementsAre(LoadedRow{"seen", "a", "second"}, LoadedRow{"seen", "c", "first"},
                            LoadedRow{"recent", Timed(5), "5"}));
    EXPECT_EQ(worker->state().Get("quiet", "q"), "quiet");
    worker.reset();
    Reopen();
  }
}

TEST_P(LogContract, ShardsKeepTheirTablesApart) {
  auto zero = Open(CopySpec(), 0);
  auto one = Open(CopySpec(), 1);
  log::Transaction transaction(&zero->state());
  transaction.Put("seen", "k", "of zero");
  ASSERT_TRUE(zero->Commit(std::move(transaction), {}).ok());
  EXPECT_EQ(zero->state().Get("seen", "k"), "of zero");
  EXPECT_EQ(one->state().Get("seen", "k"), std::nullopt);
}

TEST_P(LogContract, AScanIsHalfOpenAndInOrder) {
  const auto worker = Open(CopySpec());
  log::Transaction transaction(&worker->state());
  for (const std::string key : {"d", "b", "a", "c"}) transaction.Put("seen", key, key);
  ASSERT_TRUE(worker->Commit(std::move(transaction), {}).ok());
  EXPECT_THAT(Scan(*worker, "seen"), ElementsAre("a=a", "b=b", "c=c", "d=d"));
  EXPECT_THAT(Scan(*worker, "seen", "b", "d"), ElementsAre("b=b", "c=c"));
  EXPECT_THAT(Scan(*worker, "seen", "bb"), ElementsAre("c=c", "d=d"));
  EXPECT_THAT(Scan(*worker, "quiet"), IsEmpty());
}

TEST_P(LogContract, RowsExpireByTheirTimeAndStayGone) {
  auto worker = Open(CopySpec());
  log::Transaction rows(&worker->state());
  for (int i = 0; i < 10; ++i) rows.Put("recent", Timed(i, "s"), std::to_string(i));
  ASSERT_TRUE(worker->Commit(std::move(rows), {}).ok());
  log::Transaction expiry(&worker->state());
  expiry.ExpireBefore("recent", At(8));
  expiry.ExpireBefore("recent", At(3));
  expiry.Put("recent", Timed(7, "of the same commit"), "gone");
  ASSERT_TRUE(worker->Commit(std::move(expiry), {}).ok());
  const auto left = ElementsAre(Timed(8, "s") + "=8", Timed(9, "s") + "=9");
  EXPECT_THAT(Scan(*worker, "recent"), left);
  worker.reset();
  Reopen();
  std::vector<LoadedRow> loaded;
  worker = Open(CopySpec(), 0, &loaded);
  EXPECT_THAT(Scan(*worker, "recent"), left);
  EXPECT_EQ(loaded.size(), 2);
}

TEST_P(LogContract, ALateRowLivesUntilTheNextExpiry) {
  auto worker = Open(CopySpec());
  log::Transaction expiry(&worker->state());
  expiry.Put("recent", Timed(1), "1");
  expiry.ExpireBefore("recent", At(8));
  ASSERT_TRUE(worker->Commit(std::move(expiry), {}).ok());
  log::Transaction late(&worker->state());
  late.Put("recent", Timed(3), "late");
  ASSERT_TRUE(worker->Commit(std::move(late), {}).ok());
  EXPECT_THAT(Scan(*worker, "recent"), ElementsAre(Timed(3) + "=late"));
  worker.reset();
  Reopen();
  worker = Open(CopySpec());
  EXPECT_THAT(Scan(*worker, "recent"), ElementsAre(Timed(3) + "=late"));
  log::Transaction again(&worker->state());
  again.ExpireBefore("recent", At(8));
  ASSERT_TRUE(worker->Commit(std::move(again), {}).ok());
  EXPECT_THAT(Scan(*worker, "recent"), IsEmpty());
}

TEST_P(LogContract, RowsOfAnotherVersionAreRefusedAndTheOldOnesStillRead) {
  auto worker = Open(CopySpec());
  log::Transaction transaction(&worker->state());
  transaction.Put("seen", "k", "v1");
  ASSERT_TRUE(worker->Commit(std::move(transaction), {}).ok());
  worker.reset();
  log::Spec newer = CopySpec();
  newer.tables[0].version = 2;
  const absl::Status status = OpenStatus(newer);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("seen"));
  worker = Open(CopySpec());
  EXPECT_EQ(worker->state().Get("seen", "k"), "v1");
}

}  // namespace
}  // namespace sluice::contract
