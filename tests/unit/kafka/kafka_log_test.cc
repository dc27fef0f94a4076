#include "pipeline/kafka/kafka_log.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/base/clock.h"
#include "pipeline/log/topics.h"
#include "tests/support/temporary_directory.h"

namespace sluice::kafka {
namespace {

TEST(KafkaLogTest, AStopWaitsForNoMoreThanTheOpensUnderWay) {
  constexpr int kWorkers = 6;
  const support::TemporaryDirectory directory;
  std::stop_source stop;
  std::atomic<int> attempts = 0;
  Options options;
  options.bootstrap_servers = "127.0.0.1:1";  // Nobody serves there.
  options.state_directory = directory.path();
  options.on_waiting = [&](std::string_view, std::string_view) {
    ++attempts;
    stop.request_stop();
  };
  const base::SystemClock clock;
  auto log = KafkaLog::Create(options, clock);
  ASSERT_TRUE(log.ok()) << log.status();
  const log::Spec spec{
      .stage = "reader", .inputs = {std::string(log::kRawPages)}, .outputs = {}, .tables = {}};
  std::vector<std::thread> opening;
  for (log::Partition p = 0; p < kWorkers; ++p) {
    opening.emplace_back([&, p] {
      const auto worker = (*log)->OpenWorker(spec, p, [](auto, auto, auto) {}, stop.get_token());
      EXPECT_TRUE(absl::IsCancelled(worker.status())) << worker.status();
    });
  }
  for (std::thread& thread : opening) thread.join();
  EXPECT_LE(attempts, 2) << "each may take as long as a call to the brokers";
}

}  // namespace
}  // namespace sluice::kafka
