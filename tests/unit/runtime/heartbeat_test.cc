#include "pipeline/runtime/heartbeat.h"

#include <gtest/gtest.h>

#include "tests/fakes/manual_clock.h"
#include "tests/fakes/memory_log.h"

namespace sluice::runtime {
namespace {

constexpr absl::Time kOpened = absl::FromUnixSeconds(1'000);

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }

TEST(FreshnessTest, IsUnknownWhereTimeIsNotTold) {
  EXPECT_EQ(Freshness(0, kOpened).time(), std::nullopt);
}

TEST(FreshnessTest, CountsFromTheOpeningUntilASourceIsHeard) {
  Freshness freshness(1, kOpened);
  EXPECT_EQ(freshness.time(), kOpened);
  freshness.Observe(EncodeHeartbeat("fetch.0", At(1'010)));
  EXPECT_EQ(freshness.time(), At(1'010));
}

TEST(FreshnessTest, IsHeldBackByTheSourceThatIsBehind) {
  Freshness freshness(2, kOpened);
  freshness.Observe(EncodeHeartbeat("fetch.0", At(1'010)));
  freshness.Observe(EncodeHeartbeat("fetch.1", At(1'020)));
  freshness.Observe(EncodeHeartbeat("fetch.1", At(1'030)));
  EXPECT_EQ(freshness.time(), At(1'010));
}

TEST(FreshnessTest, IsHeldBackByASourceThatIsNeverHeard) {
  Freshness freshness(2, kOpened);
  freshness.Observe(EncodeHeartbeat("fetch.0", At(5'000)));
  EXPECT_EQ(freshness.time(), kOpened);
  freshness.Observe(EncodeHeartbeat("fetch.1", At(4'000)));
  EXPECT_EQ(freshness.time(), At(4'000));
}

TEST(FreshnessTest, ShowsABacklogThatBeganBeforeTheOpening) {
  Freshness freshness(2, kOpened);
  freshness.Observe(EncodeHeartbeat("fetch.0", At(500)));
  EXPECT_EQ(freshness.time(), At(500));
}

TEST(FreshnessTest, IgnoresWhatIsNoHeartbeat) {
  Freshness freshness(1, kOpened);
  freshness.Observe("\xff\xff");
  EXPECT_EQ(freshness.time(), kOpened);
}

TEST(HeartbeatSourcesTest, AreOneBeforePagesComeTogetherAndAllAfter) {
  fakes::ManualClock clock;
  const fakes::MemoryLog log({.keyed_partitions = 4}, clock);
  const auto sources = [&](std::string_view input) {
    return HeartbeatSources(
        log, {.stage = "toy", .inputs = {std::string(input)}, .outputs = {}, .tables = {}});
  };
  EXPECT_EQ(sources("crawl-targets"), 0);
  EXPECT_EQ(sources("raw-pages"), 1);
  EXPECT_EQ(sources("documents"), 4);
  EXPECT_EQ(sources("deduped"), 4);
  EXPECT_EQ(sources("clean"), 4);
  EXPECT_EQ(sources("outcomes"), 0);
}

}  // namespace
}  // namespace sluice::runtime
