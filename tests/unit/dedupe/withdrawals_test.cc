#include "services/dedupe/withdrawals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/base/strings.h"
#include "services/dedupe/page_address.h"

namespace sluice::dedupe {
namespace {

using testing::ElementsAre;

const absl::Time kStart = absl::FromCivil(absl::CivilDay(2026, 3, 2), absl::UTCTimeZone());

class WithdrawalsTest : public testing::Test {
 protected:
  // `minutes` after the start, at `url` and, where it is one, at another address.
  void Add(int minutes, const std::string& url, const std::string& found_at = "") {
    const Withdrawn withdrawn{
        .url = url, .reason = "", .since = kStart + absl::Minutes(minutes), .article = {}};
    withdrawals_.Add(HashUrl(url), withdrawn, transaction_);
    if (!found_at.empty()) withdrawals_.Add(HashUrl(found_at), withdrawn, transaction_);
  }
  bool Remove(const std::string& url) {
    const uint64_t hash = HashUrl(url);
    return withdrawals_.Remove({&hash, 1}, std::nullopt, transaction_);
  }

  // The URLs of all pages, and of each page how many.
  std::vector<std::string> List(Withdrawals::ListQuery query) {
    std::vector<std::string> urls;
    page_sizes_.clear();
    do {
      const Withdrawals::ListPage page = withdrawals_.List(query);
      for (const Withdrawn& row : page.rows) urls.push_back(row.url);
      page_sizes_.push_back(page.rows.size());
      query.after = page.next;
    } while (query.after.has_value());
    return urls;
  }

  log::Transaction transaction_{nullptr};
  Withdrawals withdrawals_;
  std::vector<size_t> page_sizes_;
};

TEST_F(WithdrawalsTest, ListsTheNewestFirst) {
  EXPECT_THAT(List({}), ElementsAre());
  Add(2, "https://x.example/b");
  Add(1, "https://x.example/a");
  Add(3, "https://x.example/c");
  EXPECT_THAT(List({}),
              ElementsAre("https://x.example/c", "https://x.example/b", "https://x.example/a"));
  ASSERT_TRUE(Remove("https://x.example/b"));
  EXPECT_THAT(List({}), ElementsAre("https://x.example/c", "https://x.example/a"));
}

TEST_F(WithdrawalsTest, ListsEachRowOnceInPagesOfAnySize) {
  constexpr size_t kRows = 25;
  // Many at one time.
  for (size_t i = 0; i < kRows; ++i)
    Add(static_cast<int>(i / 10), fmt::format("https://x.example/{}", i));
  const std::vector<std::string> whole = List({.rows_max = kRows});
  EXPECT_THAT(page_sizes_, ElementsAre(kRows));
  EXPECT_EQ(whole.size(), kRows);
  for (size_t rows_max = 1; rows_max < kRows; ++rows_max) {
    EXPECT_EQ(List({.rows_max = rows_max}), whole);
    EXPECT_EQ(page_sizes_.size(), (kRows + rows_max - 1) / rows_max);
  }
  EXPECT_EQ(List({.bytes_max = 1}), whole) << "one a page, though it is too long";
  EXPECT_EQ(page_sizes_.size(), kRows);
}

TEST_F(WithdrawalsTest, ListsWhatIsTakenWhilePagesAreReadNoMoreThanOnce) {
  for (int i = 0; i < 4; ++i) Add(i, fmt::format("https://x.example/{}", i));
  const Withdrawals::ListPage first = withdrawals_.List({.rows_max = 2});
  Add(9, "https://x.example/new");
  ASSERT_TRUE(Remove("https://x.example/2"));  // The last of the first page.
  EXPECT_THAT(List({.after = first.next}),
              ElementsAre("https://x.example/1", "https://x.example/0"));
}

TEST_F(WithdrawalsTest, ListsAnArticleThatIsFoundElsewhereUnderTheAddressGiven) {
  Add(1, "https://x.example/asked", "https://x.example/final");
  EXPECT_THAT(List({}), ElementsAre("https://x.example/asked"));
  // Alone it would keep pages out and nobody could see why.
  ASSERT_TRUE(Remove("https://x.example/asked"));
  EXPECT_THAT(List({}), ElementsAre("https://x.example/asked"));
  EXPECT_EQ(withdrawals_.size(), 1U);
}

TEST_F(WithdrawalsTest, FreesWhatOneArticleWasWithdrawnUnderAndNothingElse) {
  const Withdrawn::Article one = {.id = base::HashBytes("1"), .cluster_id = base::HashBytes("c")};
  const Withdrawn::Article two = {.id = base::HashBytes("2"), .cluster_id = base::HashBytes("c")};
  withdrawals_.Add(1, {.url = "a", .reason = "", .since = kStart, .article = one}, transaction_);
  withdrawals_.Add(2, {.url = "b", .reason = "", .since = kStart, .article = two}, transaction_);
  withdrawals_.Add(3, {.url = "c", .reason = "", .since = kStart, .article = {}}, transaction_);
  withdrawals_.Add(4, {.url = "d", .reason = "", .since = kStart, .article = one}, transaction_);
  EXPECT_TRUE(withdrawals_.Remove({4}, one, transaction_));
  EXPECT_EQ(withdrawals_.size(), 2U);
  EXPECT_EQ(withdrawals_.Find({1, 4}), nullptr);
  ASSERT_NE(withdrawals_.Find({1, 2}), nullptr);
  EXPECT_EQ(withdrawals_.Find({2})->article->id, two.id);
  EXPECT_TRUE(withdrawals_.Remove({3}, std::nullopt, transaction_));
  EXPECT_NE(withdrawals_.Find({2}), nullptr);
}

TEST_F(WithdrawalsTest, BoundsAPageByItsUrlsAndReasons) {
  for (int i = 0; i < 4; ++i) {
    withdrawals_.Add(
        static_cast<uint64_t>(i) + 1,
        {.url = "12345", .reason = "67890", .since = kStart + absl::Minutes(i), .article = {}},
        transaction_);
  }
  EXPECT_EQ(withdrawals_.List({.bytes_max = 20}).rows.size(), 2U);
  EXPECT_EQ(withdrawals_.List({.bytes_max = 19}).rows.size(), 1U);
}

TEST_F(WithdrawalsTest, ListsARowThatIsDamagedWithoutItsAddress) {
  Add(1, "https://x.example/1");
  withdrawals_.Load("8 bytes.", "\xff\xff");
  EXPECT_THAT(List({}), ElementsAre("https://x.example/1", ""));
}

}  // namespace
}  // namespace sluice::dedupe
