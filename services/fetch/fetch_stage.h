#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pipeline/log/log.h"
#include "pipeline/stage/stage.h"
#include "services/fetch/address_policy.h"
#include "services/fetch/fetch_observer.h"
#include "services/fetch/fetch_options.h"
#include "services/fetch/frontier.h"
#include "services/fetch/http_client.h"
#include "services/fetch/http_mailbox.h"
#include "services/fetch/page_visits.h"
#include "services/fetch/robots_cache.h"
#include "services/fetch/source_visits.h"

namespace sluice::fetch {

// One shard of fetch: it takes targets into the frontier, visits the sources whose registrable
// domain is of this shard, and asks for what is due: one request to a host at a time, so long after
// the last as the host or its robots.txt wants.
//
// A request ends in one transaction: the page or the targets that it brought, the outcome, the row.
// Until then the rows say that it is due, so a crash loses the requests in flight and repeats those
// alone. Every target that was accepted gets exactly one outcome.
//
// Prepare may be called from many threads at once, all else from the shard's thread. It ends
// without waiting for the client: what comes later is thrown away.
class FetchStage final : public stage::Stage {
 public:
  static constexpr size_t kStartsPerTurnMax = 256;
  static constexpr size_t kAnswersPerTurnMax = 64;
  static constexpr uint64_t kAnswerBytesPerTurnMax = 16 << 20;
  static constexpr absl::Duration kHeldInterval = absl::Seconds(1);  // Between two looks at `held`.
  static constexpr absl::Duration kSweepInterval = absl::Seconds(10);
  static constexpr uint32_t kSweepSlices = 16;  // Of the 65,536 into which a table's keys fall.

  struct Dependencies {
    HttpClient* http = nullptr;                // Not owned, outlives the stage; so do the next two.
    const AddressPolicy* addresses = nullptr;  // The client's too.
    FetchObserver* observer = nullptr;
    std::function<void()> wake;  // Ends the wait of the shard's thread. Any thread.
    std::function<bool()> held;  // Whether requests are to be held back. Empty: never.
  };

  FetchStage(const FetchOptions& options, const Dependencies& dependencies, log::Partition shard,
             log::Partition shards);
  ~FetchStage() override;

  void Load(std::string_view table, std::string_view key, std::string_view value) override;
  void Opened(const log::State& state) override { state_ = &state; }

  // kInvalidArgument: not a CrawlTarget.
  absl::StatusOr<std::unique_ptr<stage::Prepared>> Prepare(
      const log::Record& record) const override;

  // Held, or Dropped{bad_url, address_refused, redirects_exceeded, known, frontier_full or
  // host_full}.
  absl::StatusOr<stage::Verdict> Apply(stage::Prepared& prepared, const log::Record& record,
                                       log::Transaction& transaction) override;

  absl::Time NextWake() const override;
  absl::Status OnWake(absl::Time now, log::Transaction& transaction,
                      stage::Outcomes& outcomes) override;

 private:
  // A request under way.
  struct Job {
    std::string host;
    std::string robots_of;  // An origin: its robots.txt is asked for. Empty: `item` is.
    Frontier::Item item;
    absl::Duration interval;  // Until the host may be asked again.
  };

  void Begin(FetchTurn& turn);
  void TakeAnswers(FetchTurn& turn);
  void TakeAnswer(const Job& job, HttpResponse response, FetchTurn& turn);
  void LearnRobots(const Job& job, const HttpResponse& response, FetchTurn& turn);
  // Keeps away from a host that answers 429 or 503, and forgets about it when it answers otherwise.
  void SpareHost(const std::string& host, const HttpResponse& response, FetchTurn& turn);
  void StartDue(FetchTurn& turn);
  void Start(const Frontier::Due& due, FetchTurn& turn);
  void Send(const Job& job, HttpRequest request);
  void Refuse(const Frontier::Due& due, std::string_view reason, std::string detail,
              FetchTurn& turn);
  void EmitFound(FetchTurn& turn);
  void Sweep(FetchTurn& turn);
  void Tell();
  absl::Duration Interval(absl::Duration crawl_delay) const;

  const FetchOptions options_;
  const Dependencies dependencies_;
  const log::Partition shard_;
  Frontier frontier_;
  RobotsCache robots_;
  PageVisits pages_;
  SourceVisits sources_;
  std::shared_ptr<HttpMailbox>
      mailbox_;  // Shared with the requests under way, which may outlive the stage.
  absl::flat_hash_map<uint64_t, Job> in_flight_;  // By token.
  uint64_t tokens_ = 0;
  const log::State* state_ = nullptr;  // Not owned.

  bool begun_ = false;
  bool resumed_ = false;  // There were rows: an earlier run may have asked any host a moment ago.
  absl::Time begun_at_;
  absl::Time next_start_ =
      absl::InfinitePast();  // No start before; while held, or after a full turn.
  absl::Time next_sweep_ = absl::InfinitePast();
  uint32_t next_slice_ = 0;
};

}  // namespace sluice::fetch
