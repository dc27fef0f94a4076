#include "pipeline/runtime/pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace sluice::runtime {
namespace {

TEST(PoolTest, CallsTheBodyOnceForEveryIndex) {
  for (const size_t threads : {1, 2, 8}) {
    Pool pool(threads);
    std::vector<std::atomic<int>> calls(1000);
    pool.ParallelFor(calls.size(), [&](size_t i) { ++calls[i]; });
    for (const std::atomic<int>& count : calls) EXPECT_EQ(count, 1);
  }
}

TEST(PoolTest, ServesManyCallersAtOnce) {
  Pool pool(4);
  std::atomic<size_t> sum = 0;
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 8; ++caller) {
      callers.emplace_back([&] {
        for (int round = 0; round < 50; ++round) pool.ParallelFor(20, [&](size_t i) { sum += i; });
      });
    }
  }
  EXPECT_EQ(sum, size_t{8} * 50 * 190);
}

TEST(PoolTest, DoesNothingForNoIndices) {
  Pool pool(2);
  pool.ParallelFor(0, [](size_t) { FAIL(); });
}

}  // namespace
}  // namespace sluice::runtime
