#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pipeline/log/topics.h"
#include "pipeline/stage/stage.h"
#include "services/feed/feed_stage.h"
#include "services/feed/feed_store.h"
#include "sluice/data/v1/feed_item.pb.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/memory_log.h"

namespace sluice::feed {

// Item number `n`, an article of its own: published, English, topic fentanyl-policy with score .9.
data::v1::FeedItem MakeItem(int n, size_t text_bytes = 100);
// 32 hex digits for item number `n`.
std::string IdOf(int n);

// A stage as a replica of a log in memory: what a runner does, without one.
class Replica {
 public:
  explicit Replica(fakes::MemoryLog& log) : log_(&log) {}
  ~Replica();

  // Opens `stage`, made by the caller, over its spec.
  void Open(const log::Spec& spec, std::unique_ptr<stage::Stage> stage);
  void Close();
  // Reads and commits all that is there, `batch` records at a time. How many they were.
  size_t Pump(size_t batch = 500);

 private:
  fakes::MemoryLog* log_;  // Not owned.
  std::unique_ptr<log::Worker> worker_;
  std::unique_ptr<stage::Stage> stage_;
  std::stop_source stop_;
};

// A feed over a log in memory.
class FeedHarness {
 public:
  explicit FeedHarness(FeedStage::Options stage = {}, FeedStore::Options store = {});

  void Append(const data::v1::FeedItem& item);
  void AppendAndPump(int first, int count, size_t text_bytes = 100);
  void Pump(size_t batch = 500) { replica.Pump(batch); }
  void Reopen();
  std::vector<ItemPtr> ReadAll(Position from, const Filter& filter = {}, size_t bytes_max = 65536);

  fakes::ManualClock clock;
  fakes::MemoryLog log;
  FeedStage::Options stage_options;
  FeedStore store;
  Replica replica;
};

}  // namespace sluice::feed
