#include "services/feed/feed_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "pipeline/base/strings.h"
#include "tests/unit/feed/replica.h"

namespace sluice::feed {
namespace {

std::string Message(const absl::Status& status) {
  return std::string(base::ToStd(status.message()));
}

std::vector<std::string> Ids(const std::vector<ItemPtr>& items) {
  std::vector<std::string> ids;
  for (const ItemPtr& item : items) ids.push_back(item->id);
  return ids;
}

std::vector<std::string> IdsOf(int first, int count) {
  std::vector<std::string> ids;
  for (int n = first; n < first + count; ++n) ids.push_back(IdOf(n));
  return ids;
}

FeedStore::Options SmallRing() {
  return {
      .ring_bytes_max = 2000, .scan_items_max = 50, .chunk_items_max = 7, .chunk_bytes_max = 3000};
}

class CountingWaiter final : public Waiter {
 public:
  void Wake() override { ++woken; }
  int woken = 0;
};

TEST(FeedStoreTest, GivesEveryItemOnceInOrderFromRingAndDisk) {
  FeedHarness feed({}, SmallRing());
  feed.AppendAndPump(0, 200);
  EXPECT_EQ(Ids(feed.ReadAll(*feed.store.Beginning())), IdsOf(0, 200));
  EXPECT_EQ(Ids(feed.ReadAll(*feed.store.Beginning(), {}, 500)), IdsOf(0, 200));
  EXPECT_THAT(feed.ReadAll(*feed.store.Now()), testing::IsEmpty());
}

TEST(FeedStoreTest, SaysWhenItWouldHaveToReadFromDisk) {
  FeedHarness feed({}, SmallRing());
  feed.AppendAndPump(0, 200);
  auto turn = feed.store.Read(*feed.store.Beginning(), {}, 65536, /*disk_allowed=*/false);
  ASSERT_TRUE(turn.ok());
  EXPECT_EQ(turn->kind, Turn::Kind::kDisk);
}

TEST(FeedStoreTest, KeepsItsPlaceOverARestart) {
  FeedHarness feed({}, SmallRing());
  feed.AppendAndPump(0, 100);
  const std::string cursor = feed.store.Get(IdOf(49)).value()->cursor;
  feed.AppendAndPump(100, 20);
  feed.Reopen();
  EXPECT_EQ(Ids(feed.ReadAll(*feed.store.Beginning())), IdsOf(0, 120));
  auto from = feed.store.Resume(cursor);
  ASSERT_TRUE(from.ok()) << from.status();
  EXPECT_EQ(Ids(feed.ReadAll(*from)), IdsOf(50, 70));
}

TEST(FeedStoreTest, StartsAtATime) {
  FeedHarness feed;
  std::vector<absl::Time> times;
  for (int n = 0; n < 10; ++n) {
    times.push_back(feed.clock.Now());
    feed.AppendAndPump(n, 1);
    feed.clock.Advance(absl::Minutes(1));
  }
  EXPECT_EQ(Ids(feed.ReadAll(*feed.store.From(times[4]))), IdsOf(4, 6));
  EXPECT_EQ(Ids(feed.ReadAll(*feed.store.From(times[4] + absl::Seconds(1)))), IdsOf(5, 5));
  EXPECT_EQ(Ids(feed.ReadAll(*feed.store.From(absl::InfinitePast()))), IdsOf(0, 10));
  EXPECT_THAT(feed.ReadAll(*feed.store.From(absl::InfiniteFuture())), testing::IsEmpty());
}

TEST(FeedStoreTest, ACursorOfAnotherFeedIsRefusedAndTheTimeIsNamed) {
  FeedHarness feed;
  feed.AppendAndPump(0, 10);
  FeedHarness other;
  other.AppendAndPump(100, 10);
  auto page = other.store.List({}, 5, 1 << 20, "");
  for (const ItemPtr& item : page->items) {
    auto from = feed.store.Resume(item->cursor);
    EXPECT_EQ(from.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(Message(from.status()), testing::HasSubstr("--from 2026-01-05"));
  }
}

TEST(FeedStoreTest, ACursorBetweenItemsIsForeign) {
  FeedHarness feed;  // The log leaves a gap after each commit.
  feed.AppendAndPump(0, 1);
  feed.AppendAndPump(1, 1);
  const auto extent = feed.store.extent();
  ASSERT_GT(extent.newest->offset, extent.oldest->offset + 1);
  const std::string forged = Cursor::After(extent.oldest->offset + 1, 1, feed.clock.Now()).Encode();
  EXPECT_EQ(feed.store.Resume(forged).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(FeedStoreTest, ACursorBeyondTheEndIsToComeBackLater) {
  FeedHarness ahead;
  ahead.AppendAndPump(0, 10);
  FeedHarness behind;
  behind.AppendAndPump(0, 3);
  const std::string cursor = ahead.store.List({}, 1, 1 << 20, "")->items[0]->cursor;
  EXPECT_EQ(behind.store.Resume(cursor).status().code(), absl::StatusCode::kUnavailable);
  FeedHarness empty;
  EXPECT_EQ(empty.store.Resume(cursor).status().code(), absl::StatusCode::kUnavailable);
}

TEST(FeedStoreTest, RetentionByAgeNamesTheOldestCursorThatWorks) {
  FeedHarness feed({.retention = absl::Hours(10)}, SmallRing());
  for (int n = 0; n < 30; ++n) {
    feed.AppendAndPump(n, 1);
    feed.clock.Advance(absl::Hours(1));
  }
  const std::string gone = Cursor::After(0, IdPrefix(IdOf(0)), feed.clock.Now()).Encode();
  auto from = feed.store.Resume(gone);
  ASSERT_EQ(from.status().code(), absl::StatusCode::kOutOfRange);
  const std::string message = Message(from.status());
  const std::string oldest = message.substr(message.find("cursor is ") + 10, 40);
  auto valid = feed.store.Resume(oldest);
  ASSERT_TRUE(valid.ok()) << valid.status() << message;
  const auto kept = feed.ReadAll(*valid);
  EXPECT_EQ(kept.size(), feed.store.extent().items);
  EXPECT_EQ(kept.back()->id, IdOf(29));
  EXPECT_LE(kept.size(), 12u);
  EXPECT_GE(kept.size(), 10u);
  feed.Reopen();
  EXPECT_EQ(feed.store.Resume(gone).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Ids(feed.ReadAll(*feed.store.Resume(oldest))), Ids(kept));
}

TEST(FeedStoreTest, WhoHasSeenTheLastRemovedItemMissesNothing) {
  FeedHarness feed({.retention = absl::Hours(10)});
  std::vector<std::string> cursors;
  for (int n = 0; n < 30; ++n) {
    feed.AppendAndPump(n, 1);
    cursors.push_back(feed.store.List({}, 1, 1 << 20, "")->items[0]->cursor);
    feed.clock.Advance(absl::Hours(1));
  }
  const auto kept = static_cast<int>(feed.store.extent().items);
  EXPECT_EQ(Ids(feed.ReadAll(*feed.store.Resume(cursors[29 - kept]))), IdsOf(30 - kept, kept));
  EXPECT_EQ(feed.store.Resume(cursors[28 - kept]).status().code(), absl::StatusCode::kOutOfRange);
  feed.Reopen();
  EXPECT_EQ(Ids(feed.ReadAll(*feed.store.Resume(cursors[29 - kept]))), IdsOf(30 - kept, kept));
  EXPECT_EQ(feed.store.Resume(cursors[28 - kept]).status().code(), absl::StatusCode::kOutOfRange);
}

TEST(FeedStoreTest, RetentionByBytesKeepsTheNewest) {
  FeedHarness feed({.retention_bytes = 1 << 20}, SmallRing());
  for (int n = 0; n < 300; ++n) {
    feed.AppendAndPump(n, 1, 10000);
    feed.clock.Advance(absl::Milliseconds(1));
  }
  const auto extent = feed.store.extent();
  EXPECT_LE(extent.bytes, (1 << 20) + 12000);
  EXPECT_GE(extent.bytes, (1 << 20) - 24000);
  const auto kept = feed.ReadAll(*feed.store.Beginning());
  EXPECT_EQ(Ids(kept), IdsOf(300 - static_cast<int>(kept.size()), static_cast<int>(kept.size())));
}

TEST(FeedStoreTest, AReaderThatRetentionOvertookIsToldSo) {
  FeedHarness feed({.retention = absl::Hours(10)});
  feed.AppendAndPump(0, 1);
  const Position early = *feed.store.Beginning();
  for (int n = 1; n < 30; ++n) {
    feed.clock.Advance(absl::Hours(1));
    feed.AppendAndPump(n, 1);
  }
  auto turn = feed.store.Read(early, {}, 65536, true);
  EXPECT_EQ(turn.status().code(), absl::StatusCode::kOutOfRange);
}

TEST(FeedStoreTest, ListGivesPagesTheNewestFirst) {
  FeedHarness feed({}, SmallRing());
  feed.AppendAndPump(0, 200);
  std::vector<std::string> listed;
  std::string token;
  do {
    auto page = feed.store.List({}, 17, 1 << 20, token);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->items.size(), 17u);
    for (const ItemPtr& item : page->items) listed.push_back(item->id);
    token = page->next_token;
    feed.AppendAndPump(1000 + static_cast<int>(listed.size()), 1);  // Newer ones don't disturb it.
  } while (!token.empty());
  auto expected = IdsOf(0, 200);
  std::reverse(expected.begin(), expected.end());
  EXPECT_EQ(listed, expected);
}

TEST(FeedStoreTest, ListBoundsAPageByItsBytesAndGivesAtLeastOneItem) {
  FeedHarness feed({}, SmallRing());
  feed.AppendAndPump(0, 20, 500);
  const size_t bytes = feed.store.List({}, 1, 1, "")->items.at(0)->frame.size();
  for (const size_t items : {1, 3}) {
    std::vector<std::string> listed;
    std::string token;
    do {
      const auto page = feed.store.List({}, 100, items * bytes + bytes / 2, token);
      ASSERT_TRUE(page.ok()) << page.status();
      EXPECT_LE(page->items.size(), items);
      EXPECT_FALSE(page->items.empty());
      for (const ItemPtr& item : page->items) listed.push_back(item->id);
      token = page->next_token;
    } while (!token.empty());
    auto expected = IdsOf(0, 20);
    std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(listed, expected);
  }
}

TEST(FeedStoreTest, AListThatFindsLittleEndsShortAndGoesOn) {
  FeedHarness feed({}, SmallRing());
  for (int n = 0; n < 300; ++n) {
    auto item = MakeItem(n);
    if (n == 3 || n == 250) item.mutable_document()->set_language("de");
    feed.Append(item);
  }
  feed.Pump();
  service::v1::Filter wish;
  wish.add_languages("de");
  const Filter filter = *Filter::Compile(wish);
  std::vector<std::string> found;
  std::string token;
  int pages = 0;
  do {
    auto page = feed.store.List(filter, 10, 1 << 20, token);
    ASSERT_TRUE(page.ok());
    for (const ItemPtr& item : page->items) found.push_back(item->id);
    token = page->next_token;
    ++pages;
  } while (!token.empty());
  EXPECT_EQ(found, (std::vector<std::string>{IdOf(250), IdOf(3)}));
  EXPECT_GT(pages, 3);
}

TEST(FeedStoreTest, GetGivesTheNewestEventByEitherId) {
  FeedHarness feed({}, SmallRing());
  feed.AppendAndPump(0, 5);
  auto update = MakeItem(77);
  update.set_article_id(IdOf(2));
  update.set_event(data::v1::FEED_EVENT_UPDATED);
  feed.Append(update);
  feed.AppendAndPump(100, 100);
  for (const std::string& id : {IdOf(2), IdOf(77)}) {
    auto item = feed.store.Get(id);
    ASSERT_TRUE(item.ok()) << item.status();
    EXPECT_EQ((*item)->id, IdOf(77));
  }
  feed.clock.Advance(absl::Hours(50));
  auto retraction = MakeItem(78);
  retraction.set_article_id(IdOf(2));
  retraction.set_event(data::v1::FEED_EVENT_RETRACTED);
  feed.Append(retraction);
  feed.Pump();
  for (const std::string& id : {IdOf(2), IdOf(77), IdOf(78)}) {
    auto item = feed.store.Get(id);
    ASSERT_TRUE(item.ok()) << item.status();
    EXPECT_EQ((*item)->facts.event, data::v1::FEED_EVENT_RETRACTED);
  }
  EXPECT_EQ(feed.store.Get(IdOf(999)).status().code(), absl::StatusCode::kNotFound);
}

TEST(FeedStoreTest, GetForgetsWithRetention) {
  FeedHarness feed({.retention = absl::Hours(10)});
  feed.AppendAndPump(0, 1);
  feed.clock.Advance(absl::Hours(11));
  feed.AppendAndPump(1, 1);
  feed.AppendAndPump(2, 1);
  EXPECT_EQ(feed.store.Get(IdOf(0)).status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(feed.store.Get(IdOf(1)).ok());
}

TEST(FeedStoreTest, ReadersAtOnePlaceShareOneEncodedBatch) {
  FeedHarness feed;
  feed.AppendAndPump(0, 100);
  const Position start = *feed.store.Beginning();
  auto one = feed.store.Read(start, {}, 4096, false);
  auto two = feed.store.Read(start, {}, 4096, false);
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_EQ(one->batch.get(), two->batch.get());
  EXPECT_LE(one->batch->bytes.size(), 4096u + 64);
  auto other = feed.store.Read(start, {}, 2048, false);
  EXPECT_NE(other->batch.get(), one->batch.get());
}

TEST(FeedStoreTest, ASharedBatchThatReachedTheEndGrowsWithTheFeed) {
  FeedHarness feed;
  feed.AppendAndPump(0, 3);
  const Position start = *feed.store.Beginning();
  EXPECT_EQ(feed.store.Read(start, {}, 1 << 20, false)->batch->items, 3u);
  feed.AppendAndPump(3, 2);
  EXPECT_EQ(feed.store.Read(start, {}, 1 << 20, false)->batch->items, 5u);
}

TEST(FeedStoreTest, WakesWhoWaitsOnce) {
  FeedHarness feed;
  feed.AppendAndPump(0, 1);
  auto waiter = std::make_shared<CountingWaiter>();
  EXPECT_FALSE(feed.store.Wait(0, waiter));
  const Position end = *feed.store.Now();
  EXPECT_TRUE(feed.store.Wait(end.next, waiter));
  EXPECT_EQ(waiter->woken, 0);
  feed.AppendAndPump(1, 1);
  EXPECT_EQ(waiter->woken, 1);
  feed.AppendAndPump(2, 1);
  EXPECT_EQ(waiter->woken, 1);
}

TEST(FeedStoreTest, KeepsNoWaiterThatHasGone) {
  FeedHarness feed;
  const Position end = *feed.store.Now();
  auto waiter = std::make_shared<CountingWaiter>();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(feed.store.Wait(end.next, waiter));
  EXPECT_EQ(waiter.use_count(), 2);
  feed.store.Forget(waiter.get());
  EXPECT_EQ(waiter.use_count(), 1);
  feed.AppendAndPump(0, 1);
  EXPECT_EQ(waiter->woken, 0);
}

TEST(FeedStoreTest, IsUnavailableWhileItIsClosed) {
  FeedHarness feed;
  feed.AppendAndPump(0, 3);
  const std::string cursor = feed.store.List({}, 1, 1 << 20, "")->items[0]->cursor;
  const Position end = *feed.store.Now();
  feed.replica.Close();
  EXPECT_EQ(feed.store.Beginning().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(feed.store.Resume(cursor).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(feed.store.List({}, 1, 1, "").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(feed.store.Get(IdOf(0)).status().code(), absl::StatusCode::kUnavailable);
  // Who was subscribed waits, and goes on where it was.
  EXPECT_EQ(feed.store.Read(end, {}, 100, false)->kind, Turn::Kind::kAtHead);
  auto waiter = std::make_shared<CountingWaiter>();
  EXPECT_TRUE(feed.store.Wait(end.next, waiter));
  feed.Reopen();
  EXPECT_EQ(waiter->woken, 1);
  feed.AppendAndPump(3, 2);
  EXPECT_EQ(Ids(feed.ReadAll(end)), IdsOf(3, 2));
}

TEST(FeedStoreTest, TheCursorOfAnEmptyFeedIsItsBeginning) {
  FeedHarness feed;
  const Position start = *feed.store.Now();
  feed.AppendAndPump(0, 3);
  EXPECT_EQ(Ids(feed.ReadAll(*feed.store.Resume(start.cursor.Encode()))), IdsOf(0, 3));
  EXPECT_EQ(Ids(feed.ReadAll(start)), IdsOf(0, 3));
}

TEST(FeedStageTest, RefusesWhatIsNoItem) {
  FeedHarness feed;
  auto stage = FeedStage::Create({}, feed.store);
  log::Record record;
  record.value = "\xff\xff\xff";
  EXPECT_EQ((*stage)->Prepare(record).status().code(), absl::StatusCode::kInvalidArgument);
  record.value = "";
  EXPECT_EQ((*stage)->Prepare(record).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(FeedStageTest, RefusesOptionsOutOfRangeAndNamesThem) {
  FeedStore store({});
  EXPECT_THAT(Message(FeedStage::Create({.retention = absl::Seconds(1)}, store).status()),
              testing::HasSubstr("feed.retention is 1s"));
  EXPECT_THAT(Message(FeedStage::Create({.retention_bytes = 5}, store).status()),
              testing::HasSubstr("feed.retention_bytes is 5"));
}

TEST(FeedStageTest, TheBatchSizeOfTheRunnerMakesNoDifference) {
  std::set<std::vector<std::string>> cursors;
  for (const size_t batch : {1, 7, 500}) {
    FeedHarness feed({.retention = absl::Hours(10)});
    for (int n = 0; n < 50; ++n) {
      feed.Append(MakeItem(n));
      feed.clock.Advance(absl::Seconds(10));
    }
    feed.Pump(batch);
    std::vector<std::string> seen;
    const auto page = feed.store.List({}, 100, 1 << 20, "");
    ASSERT_TRUE(page.ok());
    for (const ItemPtr& item : page->items) {
      seen.push_back(item->cursor);
    }
    EXPECT_EQ(seen.size(), 50u);
    cursors.insert(seen);
  }
  EXPECT_EQ(cursors.size(), 1u);
}

}  // namespace
}  // namespace sluice::feed
