#include "services/fetch/schedule.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/time/civil_time.h"

namespace sluice::fetch {
namespace {

constexpr absl::Duration kHour = absl::Hours(1);
constexpr absl::Duration kMinute = absl::Minutes(1);

const absl::Time kNow = absl::FromCivil(absl::CivilHour(2026, 1, 5, 12), absl::UTCTimeZone());

SourceVisit Visit(uint32_t items, uint32_t items_new) {
  SourceVisit visit;
  visit.interval = kHour;
  visit.configured = 10 * kMinute;
  visit.interval_min = 10 * kMinute;
  visit.interval_max = 24 * kHour;
  visit.items = items;
  visit.items_new = items_new;
  return visit;
}

TEST(ScheduleTest, VisitsASourceByTheShareThatItRepeats) {
  struct Case {
    uint32_t items, items_new;
    absl::Duration next;
  };
  const Case cases[] = {
      {100, 0, 90 * kMinute},    // All of it.
      {100, 33, 90 * kMinute},   // .67
      {100, 34, kHour},          // .66
      {100, 67, kHour},          // .33
      {100, 68, 40 * kMinute},   // .32
      {100, 100, 40 * kMinute},  // Nothing of it.
      {0, 0, 90 * kMinute},      // Unchanged, or empty.
      {1, 1, 40 * kMinute},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(NextSourceInterval(Visit(c.items, c.items_new)), c.next)
        << c.items << " " << c.items_new;
  }
}

TEST(ScheduleTest, KeepsTheConfiguredIntervalAfterTheFirstVisit) {
  SourceVisit visit = Visit(50, 50);
  visit.first = true;
  visit.configured = 20 * kMinute;
  visit.interval = 20 * kMinute;
  EXPECT_EQ(NextSourceInterval(visit), 20 * kMinute);
}

TEST(ScheduleTest, StaysBetweenTheBounds) {
  SourceVisit fast = Visit(10, 10);
  fast.interval = 11 * kMinute;
  EXPECT_EQ(NextSourceInterval(fast), 10 * kMinute);
  SourceVisit slow = Visit(10, 0);
  slow.interval = 20 * kHour;
  EXPECT_EQ(NextSourceInterval(slow), 24 * kHour);
}

TEST(ScheduleTest, TakesAShorterConfiguredIntervalForTheLowerBound) {
  SourceVisit visit = Visit(10, 10);
  visit.configured = absl::Seconds(1);
  visit.interval = absl::Seconds(1);
  EXPECT_EQ(NextSourceInterval(visit), absl::Seconds(1));
  visit.items_new = 0;
  EXPECT_EQ(NextSourceInterval(visit), absl::Milliseconds(1500));
  // A longer one is where it begins, no bound.
  visit.configured = 2 * kHour;
  visit.interval = 11 * kMinute;
  visit.items_new = 10;
  EXPECT_EQ(NextSourceInterval(visit), 10 * kMinute);
}

TEST(ScheduleTest, HeedsWhatTheSourceAsksFor) {
  SourceVisit visit = Visit(10, 5);
  visit.ttl = 3 * kHour;
  EXPECT_EQ(NextSourceInterval(visit), 3 * kHour);
  visit.max_age = 5 * kHour;
  EXPECT_EQ(NextSourceInterval(visit), 5 * kHour);
  visit.max_age = 24 * 365 * kHour;  // Copies of a year are for caches.
  EXPECT_EQ(NextSourceInterval(visit), 24 * kHour);
  visit.retry_after = 30 * kHour;
  EXPECT_EQ(NextSourceInterval(visit), 30 * kHour);
}

TEST(ScheduleTest, WaitsTwiceAsLongAfterEachFailure) {
  SourceVisit visit = Visit(0, 0);
  visit.failures = 1;
  EXPECT_EQ(NextSourceInterval(visit), 2 * kHour);
  visit.failures = 3;
  EXPECT_EQ(NextSourceInterval(visit), 8 * kHour);
  visit.failures = 4'000'000'000;
  EXPECT_EQ(NextSourceInterval(visit), 24 * kHour);
}

TEST(ScheduleTest, WaitsFourTimesAsLongBeforeEachRetry) {
  EXPECT_EQ(RetryDelay(1, kMinute, kHour), kMinute);
  EXPECT_EQ(RetryDelay(2, kMinute, kHour), 4 * kMinute);
  EXPECT_EQ(RetryDelay(3, kMinute, kHour), 16 * kMinute);
  EXPECT_EQ(RetryDelay(4, kMinute, kHour), kHour);
  EXPECT_EQ(RetryDelay(4'000'000'000, kMinute, kHour), kHour);
}

TEST(ScheduleTest, RevisitsAPageAtItsTimesFromTheFirstFetch) {
  const std::vector<absl::Duration> revisits = {kHour, 6 * kHour, 24 * kHour};
  EXPECT_EQ(NextRevisit(revisits, kNow, 0, kNow), kNow + kHour);
  EXPECT_EQ(NextRevisit(revisits, kNow, 1, kNow + kHour), kNow + 6 * kHour);
  EXPECT_EQ(NextRevisit(revisits, kNow, 2, kNow + 7 * kHour), kNow + 24 * kHour);
  EXPECT_EQ(NextRevisit(revisits, kNow, 3, kNow + 24 * kHour), absl::InfiniteFuture());
  EXPECT_EQ(NextRevisit({}, kNow, 0, kNow), absl::InfiniteFuture());
  EXPECT_EQ(NextRevisit(revisits, kNow, 1, kNow + 6 * kHour), kNow + 11 * kHour) << "not at once";
  // After a standstill of a week.
  EXPECT_EQ(NextRevisit(revisits, kNow, 1, kNow + 168 * kHour), kNow + 173 * kHour);
}

TEST(ScheduleTest, ReadsRetryAfter) {
  struct Case {
    std::string value;
    absl::Duration wait;
  };
  const Case cases[] = {
      {"120", absl::Seconds(120)},
      {" 5 ", absl::Seconds(5)},
      {"0", absl::ZeroDuration()},
      {"-5", absl::ZeroDuration()},
      {"soon", absl::ZeroDuration()},
      {"", absl::ZeroDuration()},
      {"1.5", absl::ZeroDuration()},
      {"99999999999999999999", absl::Hours(24 * 3650)},
      {"Mon, 05 Jan 2026 12:01:00 GMT", kMinute},
      {"Monday, 05-Jan-26 12:01:00 GMT", kMinute},
      {"Mon Jan  5 12:01:00 2026", kMinute},
      {"Mon, 05 Jan 2026 11:59:00 GMT", absl::ZeroDuration()},
      {"Mon, 05 Jan 2099 12:00:00 GMT", absl::Hours(24 * 3650)},
  };
  for (const Case& c : cases) EXPECT_EQ(ParseRetryAfter(c.value, kNow), c.wait) << c.value;
}

TEST(ScheduleTest, ReadsMaxAge) {
  struct Case {
    std::string value;
    absl::Duration age;
  };
  const Case cases[] = {
      {"max-age=60", kMinute},
      {"public, Max-Age=\"60\"", kMinute},
      {"s-maxage=5, max-age = 60", absl::ZeroDuration()},
      {"max-age=60, no-cache", absl::ZeroDuration()},
      {"max-age=60, no-store", absl::ZeroDuration()},
      {"max-age=\"60", absl::ZeroDuration()},
      {"max-age=", absl::ZeroDuration()},
      {"max-age=-1", absl::ZeroDuration()},
      {"", absl::ZeroDuration()},
      {",,,", absl::ZeroDuration()},
  };
  for (const Case& c : cases) EXPECT_EQ(ParseMaxAge(c.value), c.age) << c.value;
}

}  // namespace
}  // namespace sluice::fetch
