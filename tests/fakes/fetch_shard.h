#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pipeline/log/log.h"
#include "services/fetch/address_policy.h"
#include "services/fetch/fetch_observer.h"
#include "services/fetch/fetch_stage.h"
#include "sluice/data/v1/crawl_target.pb.h"
#include "sluice/data/v1/outcome.pb.h"
#include "sluice/data/v1/raw_page.pb.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/memory_log.h"

namespace sluice::fakes {

// A shard of fetch over a log in memory, run turn by turn as the runner does it, under the test's
// clock. One thread.
class FetchShard {
 public:
  struct Setting {
    fetch::FetchOptions options;
    log::Partition shard = 0;
    log::Partition shards = 1;
  };

  // All but `setting` outlive it.
  FetchShard(const Setting& setting, MemoryLog& log, ManualClock& clock, fetch::HttpClient& http);

  absl::Status Open();
  // The process dies: no answer reaches it any more.
  void Crash();
  bool open() const { return worker_ != nullptr; }

  // Turns until there is nothing to do before the clock moves or an answer comes. Not OK: the shard
  // is over.
  absl::Status Run();
  // When there is something to do without an answer.
  absl::Time NextWake() const { return stage_->NextWake(); }

  void set_held(bool held) { held_ = held; }
  size_t in_flight() const { return observer_.in_flight; }
  size_t frontier_urls() const { return observer_.frontier; }

  // What the topics hold, in order.
  static std::vector<data::v1::CrawlTarget> Targets(const MemoryLog& log);
  static std::vector<data::v1::RawPage> Pages(const MemoryLog& log);
  static std::vector<data::v1::Outcome> Outcomes(const MemoryLog& log);
  // The reason of the final outcome of each URL that was dropped, by the URL it was accepted under.
  static std::map<std::string, std::string> Drops(const MemoryLog& log);

  // A target as SubmitUrl or a source makes it.
  static void Submit(MemoryLog& log, std::string_view url,
                     data::v1::Origin origin = data::v1::ORIGIN_SUBMITTED);

 private:
  struct Observer final : fetch::FetchObserver {
    void InFlight(uint32_t, size_t requests) override { in_flight = requests; }
    void Frontier(uint32_t, size_t urls, size_t) override { frontier = urls; }
    size_t in_flight = 0;
    size_t frontier = 0;
  };

  // False: there was nothing to do.
  absl::StatusOr<bool> Turn();

  const Setting setting_;
  MemoryLog* log_;           // Not owned.
  ManualClock* clock_;       // Not owned.
  fetch::HttpClient* http_;  // Not owned.
  const fetch::AddressPolicy addresses_;
  Observer observer_;
  bool held_ = false;
  std::shared_ptr<std::atomic<bool>> woken_ = std::make_shared<std::atomic<bool>>(false);
  std::stop_source stop_;
  std::unique_ptr<log::Worker> worker_;
  std::unique_ptr<fetch::FetchStage> stage_;
};

}  // namespace sluice::fakes
