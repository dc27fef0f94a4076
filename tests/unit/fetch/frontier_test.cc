#include "services/fetch/frontier.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace sluice::fetch {
namespace {

using Kind = Frontier::Kind;

const absl::Time kNow = absl::FromUnixSeconds(1'767'614'400);
constexpr absl::Duration kSecond = absl::Seconds(1);

Frontier::Item Item(Kind kind, uint64_t number) {
  return {.kind = kind, .key = {.high = 0, .low = number}, .source = kind == Kind::kSource};
}

// The number of the next item, 0 without one.
uint64_t Pop(Frontier& frontier, absl::Time now) {
  const auto due = frontier.Pop(now);
  return due.has_value() ? due->item.key.low : 0;
}

TEST(FrontierTest, TellsHostsApartByNameAndUnusualPort) {
  EXPECT_EQ(HostKey(*url::Url::Parse("https://news.example/a")), "news.example");
  EXPECT_EQ(HostKey(*url::Url::Parse("http://news.example/a")), "news.example");
  EXPECT_EQ(HostKey(*url::Url::Parse("http://news.example:443/a")), "news.example");
  EXPECT_EQ(HostKey(*url::Url::Parse("http://news.example:8080/a")), "news.example:8080");
}

TEST(FrontierTest, GivesAHostOneThingAtATime) {
  Frontier frontier({});
  frontier.Add("a", Item(Kind::kPage, 1), kNow);
  frontier.Add("a", Item(Kind::kPage, 2), kNow);
  EXPECT_EQ(Pop(frontier, kNow), 1U);
  EXPECT_EQ(Pop(frontier, kNow + absl::Hours(1)), 0U);
  EXPECT_EQ(frontier.NextTime(), absl::InfiniteFuture());
  frontier.Release("a", kNow + kSecond);
  EXPECT_EQ(frontier.NextTime(), kNow + kSecond);
  EXPECT_EQ(Pop(frontier, kNow), 0U);
  EXPECT_EQ(Pop(frontier, kNow + kSecond), 2U);
}

TEST(FrontierTest, TakesWhatWasBegunFirstThenSourcesThenPagesThenRevisits) {
  Frontier frontier({});
  frontier.Add("a", Item(Kind::kRevisit, 4), kNow - absl::Hours(4));
  frontier.Add("a", Item(Kind::kPage, 3), kNow - absl::Hours(3));
  frontier.Add("a", Item(Kind::kSource, 2), kNow - absl::Hours(2));
  frontier.Add("a", Item(Kind::kHop, 1), kNow);
  for (uint64_t expected = 1; expected <= 4; ++expected) {
    EXPECT_EQ(Pop(frontier, kNow), expected);
    frontier.Release("a", kNow);
  }
}

TEST(FrontierTest, TakesPagesInTheOrderOfTheirTimes) {
  Frontier frontier({});
  frontier.Add("a", Item(Kind::kPage, 2), kNow - kSecond);
  frontier.Add("a", Item(Kind::kPage, 3), kNow);
  frontier.Add("a", Item(Kind::kPage, 1), kNow - 2 * kSecond);
  frontier.Add("a", Item(Kind::kPage, 4), kNow + kSecond);
  for (uint64_t expected = 1; expected <= 3; ++expected) {
    EXPECT_EQ(Pop(frontier, kNow), expected);
    frontier.Release("a", absl::InfinitePast());
  }
  EXPECT_EQ(Pop(frontier, kNow), 0U);
  EXPECT_EQ(frontier.NextTime(), kNow + kSecond);
}

TEST(FrontierTest, SparesAHostForAsLongAsItIsTold) {
  Frontier frontier({});
  frontier.Delay("a", kNow + absl::Hours(1));
  frontier.Add("a", Item(Kind::kPage, 1), kNow);
  EXPECT_EQ(Pop(frontier, kNow + absl::Minutes(59)), 0U);
  EXPECT_EQ(Pop(frontier, kNow + absl::Hours(1)), 1U);
  frontier.Add("b", Item(Kind::kPage, 3), kNow);
  frontier.Delay("b", kNow + absl::Hours(4));
  EXPECT_EQ(frontier.NextTime(), kNow + absl::Hours(4));
  frontier.Delay("a", kNow + absl::Hours(3));
  frontier.Add("a", Item(Kind::kPage, 2), kNow);
  frontier.Release("a", kNow + absl::Hours(2));
  EXPECT_EQ(frontier.NextTime(), kNow + absl::Hours(3));
}

TEST(FrontierTest, RemembersAnEmptyHostUntilItMayBeAskedAgain) {
  Frontier frontier({});
  frontier.Add("a", Item(Kind::kPage, 1), kNow);
  EXPECT_EQ(Pop(frontier, kNow), 1U);
  frontier.Release("a", kNow + kSecond);
  EXPECT_EQ(frontier.hosts(), 1U);
  frontier.Add("a", Item(Kind::kPage, 2), kNow);
  EXPECT_EQ(Pop(frontier, kNow), 0U);
  EXPECT_EQ(Pop(frontier, kNow + kSecond), 2U);
  frontier.Release("a", kNow + 2 * kSecond);
  EXPECT_EQ(Pop(frontier, kNow + 2 * kSecond), 0U);
  EXPECT_EQ(frontier.hosts(), 0U);
}

TEST(FrontierTest, HasRoomUpToItsLimits) {
  Frontier frontier({.items_max = 3, .host_items_max = 2});
  EXPECT_EQ(frontier.Room("a"), Frontier::Added::kYes);
  frontier.Add("a", Item(Kind::kPage, 1), kNow);
  frontier.Add("a", Item(Kind::kPage, 2), kNow);
  EXPECT_EQ(frontier.Room("a"), Frontier::Added::kHostFull);
  EXPECT_EQ(frontier.Room("b"), Frontier::Added::kYes);
  frontier.Add("b", Item(Kind::kPage, 3), kNow);
  EXPECT_EQ(frontier.Room("c"), Frontier::Added::kFrontierFull);
  EXPECT_EQ(Pop(frontier, kNow), 1U);
  EXPECT_EQ(frontier.Room("a"), Frontier::Added::kYes);
  EXPECT_EQ(frontier.size(), 2U);
}

TEST(FrontierTest, KeepsTheOrderOfArrivalAmongEqualTimes) {
  Frontier frontier({});
  for (uint64_t number = 1; number <= 20; ++number) {
    frontier.Add(
        "a", {.kind = Kind::kPage, .key = {.high = 99 - number, .low = number}, .source = false},
        kNow);
  }
  for (uint64_t expected = 1; expected <= 20; ++expected) {
    EXPECT_EQ(Pop(frontier, kNow), expected);
    frontier.Release("a", kNow);
  }
}

// Against a model that keeps plain lists: what comes out is due, of a host that is free, and
// nothing due is left waiting.
TEST(FrontierTest, AgreesWithAModelUnderRandomUse) {
  const uint32_t seed = 20260105;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto any = [&](uint32_t below) { return random() % below; };
  Frontier frontier({});
  absl::Time now = kNow;
  struct ModelHost {
    std::multiset<std::pair<absl::Time, uint64_t>> items;
    absl::Time not_before = absl::InfinitePast();
    bool busy = false;
  };
  std::map<std::string, ModelHost> model;
  uint64_t added = 0;
  uint64_t popped = 0;
  for (int step = 0; step < 20'000; ++step) {
    const std::string name = std::string(1, static_cast<char>('a' + any(8)));
    ModelHost& host = model[name];
    switch (any(4)) {
      case 0: {
        const absl::Time due = now + kSecond * (static_cast<int>(any(20)) - 10);
        frontier.Add(name, Item(Kind::kPage, ++added), due);
        host.items.insert({due, added});
        break;
      }
      case 1:
        if (host.busy) {
          host.busy = false;
          host.not_before = std::max(host.not_before, now + kSecond * any(5));
          frontier.Release(name, host.not_before);
        }
        break;
      case 2:
        now += kSecond * any(3);
        break;
      default:
        if (const auto due = frontier.Pop(now)) {
          ModelHost& from = model[due->host];
          ASSERT_FALSE(from.busy);
          ASSERT_LE(from.not_before, now);
          ASSERT_LE(from.items.begin()->first, now);
          ASSERT_EQ(from.items.begin()->second, due->item.key.low);
          from.items.erase(from.items.begin());
          from.busy = true;
          ++popped;
        } else {
          absl::Time next = absl::InfiniteFuture();
          for (const auto& [other, waiting] : model) {
            if (waiting.busy || waiting.items.empty()) continue;
            next = std::min(next, std::max(waiting.not_before, waiting.items.begin()->first));
          }
          ASSERT_GT(next, now);
          ASSERT_LE(frontier.NextTime(), next);
        }
    }
    size_t items = 0;
    for (const auto& [other, waiting] : model) items += waiting.items.size();
    ASSERT_EQ(frontier.size(), items);
  }
  EXPECT_GT(popped, 1000U);
}

}  // namespace
}  // namespace sluice::fetch
