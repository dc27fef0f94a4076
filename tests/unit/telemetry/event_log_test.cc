#include "pipeline/telemetry/event_log.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/fakes/manual_clock.h"

namespace sluice::telemetry {
namespace {

class EventLogTest : public testing::Test {
 protected:
  EventLogTest() : stream_(open_memstream(&buffer_, &size_)) {}
  ~EventLogTest() override {
    std::fclose(stream_);
    std::free(buffer_);
  }

  // What was written since the last call.
  std::string Written() {
    std::string text(buffer_ + read_, size_ - read_);
    read_ = size_;
    return text;
  }

  fakes::ManualClock clock_;
  char* buffer_ = nullptr;
  size_t size_ = 0;
  size_t read_ = 0;
  std::FILE* stream_;
  EventLog events_{{.events_per_interval_max = 2, .interval = absl::Seconds(10)}, clock_, stream_};
};

TEST_F(EventLogTest, WritesOneLineAnEvent) {
  events_.Info("serve.ready");
  events_.Error("shard.closed", {{"stage", "fetch"}, {"shard", "3"}});
  EXPECT_EQ(Written(),
            "2026-01-05T12:00:00+00:00 info serve.ready\n"
            "2026-01-05T12:00:00+00:00 error shard.closed stage=fetch shard=3\n");
}

TEST_F(EventLogTest, QuotesWhatIsNoPlainWord) {
  events_.Warning("x", {{"a", "two words"},
                        {"b", ""},
                        {"c", "say \"no\"\n"},
                        {"d", "k=v"},
                        {"e", "back\\slash here"},
                        {"f", "плоский"},
                        {"g", "\x1b[2J\x7f"}});
  EXPECT_EQ(Written(),
            "2026-01-05T12:00:00+00:00 warning x a=\"two words\" b=\"\" c=\"say \\\"no\\\"\\x0a\" "
            "d=\"k=v\" e=\"back\\\\slash here\" f=плоский g=\"\\x1b[2J\\x7f\"\n");
}

TEST_F(EventLogTest, HoldsBackWhatComesTooOftenAndSaysHowMuch) {
  for (int i = 0; i < 5; ++i) events_.Info("often", {{"i", std::to_string(i)}});
  EXPECT_EQ(Written(),
            "2026-01-05T12:00:00+00:00 info often i=0\n2026-01-05T12:00:00+00:00 info often i=1\n");
  events_.Info("other");
  EXPECT_EQ(Written(), "2026-01-05T12:00:00+00:00 info other\n") << "each kind has its own limit";
  clock_.Advance(absl::Seconds(10));
  events_.Info("often", {{"i", "5"}});
  events_.Info("often", {{"i", "6"}});
  EXPECT_EQ(Written(),
            "2026-01-05T12:00:10+00:00 info often i=5 suppressed=3\n"
            "2026-01-05T12:00:10+00:00 info often i=6\n");
}

TEST_F(EventLogTest, GoesOnWhenTheClockIsSetBack) {
  for (int i = 0; i < 3; ++i) events_.Info("often");
  Written();
  clock_.Advance(-absl::Hours(1));
  events_.Info("often");
  EXPECT_EQ(Written(), "2026-01-05T11:00:00+00:00 info often suppressed=1\n");
}

}  // namespace
}  // namespace sluice::telemetry
