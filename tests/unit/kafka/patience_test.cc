#include "pipeline/kafka/patience.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"

namespace sluice::kafka {
namespace {

using ::testing::HasSubstr;

TEST(PatienceTest, GivesAnOpenUpAfterItsTimeAndSaysWhy) {
  Options options;
  options.open_wait_max = absl::Milliseconds(50);
  std::vector<std::string> told;
  options.on_waiting = [&](std::string_view who, std::string_view why) {
    told.push_back(std::string(who) + ": " + std::string(why));
  };
  Patience patience = Patience::ToOpen(options, "dedupe.0", {});
  absl::Status status;
  while (status.ok()) status = patience.Wait("nobody answers");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("dedupe.0: nobody answers"));
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.front(), "dedupe.0: nobody answers");
}

TEST(PatienceTest, EndsAnOpenAtOnceWhenStopped) {
  Options options;
  options.open_wait_max = absl::InfiniteDuration();
  options.retry_interval_min = options.retry_interval_max = absl::Hours(1);
  std::stop_source stop;
  absl::Notification waiting;
  options.on_waiting = [&](std::string_view, std::string_view) {
    if (!waiting.HasBeenNotified()) waiting.Notify();
  };
  Patience patience = Patience::ToOpen(options, "dedupe.0", stop.get_token());
  std::jthread stopper([&] {
    waiting.WaitForNotification();
    stop.request_stop();
  });
  EXPECT_TRUE(patience.Wait("nobody answers").ok());
  EXPECT_EQ(patience.Wait("nobody answers").code(), absl::StatusCode::kCancelled);
}

TEST(PatienceTest, LetsACommitGoOnForAWhileAfterAStop) {
  Options options;
  options.stop_wait_max = absl::Milliseconds(60);
  std::stop_source stop;
  stop.request_stop();
  Patience patience = Patience::ToCommit(options, "dedupe.0", stop.get_token());
  const absl::Time start = absl::Now();
  EXPECT_TRUE(patience.Wait("nobody answers").ok());
  absl::Status status;
  while (status.ok()) status = patience.Wait("nobody answers");
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(60));
}

}  // namespace
}  // namespace sluice::kafka
