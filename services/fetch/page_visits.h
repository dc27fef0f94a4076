#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "pipeline/base/hash.h"
#include "pipeline/log/transaction.h"
#include "pipeline/stage/verdict.h"
#include "pipeline/url/normalized_url.h"
#include "services/fetch/fetch_observer.h"
#include "services/fetch/fetch_options.h"
#include "services/fetch/fetched_page.h"
#include "services/fetch/frontier.h"
#include "services/fetch/http_client.h"
#include "services/fetch/page_decision.h"
#include "sluice/data/v1/crawl_target.pb.h"
#include "sluice/state/v1/fetch.pb.h"

namespace sluice::fetch {

// The request that comes next for something in the frontier.
struct Ask {
  HttpRequest request;
  url::Url url;
};

// The life of a page's URL: accepted, asked for (again, over redirects), ended; then looked at
// again from time to time. All of it is in the table `url`; the frontier holds what is due. The
// shard's thread.
class PageVisits {
 public:
  static constexpr size_t kUrlBytesMax = 8 << 10;
  static constexpr absl::Duration kPutOff = absl::Seconds(1);  // When our own room was short.

  // All outlive it.
  PageVisits(const FetchOptions& options, Frontier& frontier, FetchObserver& observer);

  void Load(std::string_view key, std::string_view value);

  // Takes a target into the frontier: Held. Or Dropped{known, frontier_full or host_full}.
  stage::Verdict Accept(const data::v1::CrawlTarget& target, const url::NormalizedUrl& url,
                        absl::Time now, log::Transaction& transaction);

  // What to ask for now. nullopt: nothing any more.
  std::optional<Ask> Next(const log::Transaction& transaction, const Frontier::Item& item,
                          absl::Time now) const;

  // Takes in the answer to what Next gave.
  void Finish(const base::Hash128& key, HttpResponse response, FetchTurn& turn);

  // Nothing will be asked for, for `reason`.
  void Refuse(const base::Hash128& key, std::string_view reason, std::string detail,
              FetchTurn& turn);

  // Whether a row is of no more use.
  bool Expired(std::string_view value, absl::Time now) const;

 private:
  struct Visit {
    base::Hash128 key;
    state::v1::FetchUrlRow row;
    std::string asked;  // The URL of the request.
    bool pending = false;
  };

  std::optional<Visit> Read(const log::Transaction& transaction, const base::Hash128& key) const;
  void Save(const Visit& visit, log::Transaction& transaction) const;

  void PassOn(Visit& visit, HttpResponse response, FetchTurn& turn);
  void Unchanged(Visit& visit, const PageDecision& decision, FetchTurn& turn);
  void Follow(Visit& visit, const PageDecision& decision, FetchTurn& turn);
  void Leave(Visit& visit, const PageDecision& decision, FetchTurn& turn);
  void Missing(Visit& visit, const PageDecision& decision, int status, FetchTurn& turn);
  void Retry(Visit& visit, const PageDecision& decision, FetchTurn& turn);
  void Drop(Visit& visit, std::string_view reason, std::string detail, FetchTurn& turn);

  // Ends the page that was pending.
  void End(Visit& visit, state::v1::UrlState state, FetchTurn& turn) const;
  // Of a page that was fetched once: the next look at it, where there is one.
  void ScheduleRevisit(Visit& visit, FetchTurn& turn);
  void AskAgain(Visit& visit, absl::Time due, FetchTurn& turn);
  bool KnownElsewhere(const Visit& visit, std::string_view url,
                      const log::Transaction& transaction) const;
  void RememberAlias(const Visit& visit, const url::NormalizedUrl& final_url,
                     FetchTurn& turn) const;

  const FetchOptions* options_;  // Not owned.
  Frontier* frontier_;           // Not owned.
  FetchObserver* observer_;      // Not owned.
};

}  // namespace sluice::fetch
