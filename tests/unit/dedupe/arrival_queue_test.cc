#include "services/dedupe/arrival_queue.h"

#include <gtest/gtest.h>

namespace sluice::dedupe {
namespace {

TEST(ArrivalQueueTest, FindsWhatCameByItsNumberUntilItIsForgotten) {
  ArrivalQueue<std::unique_ptr<uint64_t>> queue;
  for (uint64_t number = 0; number < 20'000; ++number) {
    queue.Add(std::make_unique<uint64_t>(number));
    if (queue.size() > 5000) queue.Forget();
    EXPECT_EQ(*queue[queue.begin()], queue.begin());
    EXPECT_EQ(*queue[queue.begin() + queue.size() / 2], queue.begin() + queue.size() / 2);
    EXPECT_EQ(*queue[number], number);
  }
  EXPECT_EQ(queue.begin(), 15'000U);
}

TEST(ArrivalQueueTest, CanBeEmptiedAnywhereAndFilledAgain) {
  ArrivalQueue<int> queue;
  int value = 0;
  for (const int count : {1, 4095, 1, 4096, 5000, 3}) {
    for (int i = 0; i < count; ++i) queue.Add(++value);
    EXPECT_EQ(queue[queue.end() - 1], value);
    EXPECT_EQ(queue[queue.begin()], value - count + 1);
    while (queue.size() > 0) queue.Forget();
  }
}

TEST(ArrivalQueueTest, GivesUpWhatIsForgottenAtOnce) {
  ArrivalQueue<std::shared_ptr<int>> queue;
  const auto value = std::make_shared<int>(1);
  queue.Add(value);
  queue.Add(value);
  queue.Forget();
  EXPECT_EQ(value.use_count(), 2);
}

}  // namespace
}  // namespace sluice::dedupe
