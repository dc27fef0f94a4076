#include "pipeline/rpc/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "absl/synchronization/notification.h"

namespace sluice::rpc {
namespace {

TEST(ExecutorTest, FinishesWhatItAcceptedBeforeItGoes) {
  std::atomic<int> done = 0;
  {
    Executor executor({.threads = 2, .queue_max = 100});
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(executor.Submit([&done] { ++done; }));
    }
  }
  EXPECT_EQ(done, 100);
}

TEST(ExecutorTest, RefusesWhatItsQueueCannotHold) {
  absl::Notification started;
  absl::Notification release;
  {
    Executor executor({.threads = 1, .queue_max = 1});
    ASSERT_TRUE(executor.Submit([&] {
      started.Notify();
      release.WaitForNotification();
    }));
    started.WaitForNotification();
    EXPECT_TRUE(executor.Submit([] {}));
    EXPECT_FALSE(executor.Submit([] {}));
    release.Notify();
  }
}

}  // namespace
}  // namespace sluice::rpc
