#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "pipeline/base/hash.h"
#include "pipeline/log/transaction.h"
#include "services/fetch/fetch_observer.h"
#include "services/fetch/fetch_options.h"
#include "services/fetch/fetched_page.h"
#include "services/fetch/frontier.h"
#include "services/fetch/http_client.h"
#include "services/fetch/page_visits.h"
#include "services/fetch/source_document.h"
#include "sluice/state/v1/fetch.pb.h"

namespace sluice::fetch {

// What the answer of a source asks for: not to be asked sooner again.
struct SourceFloors {
  absl::Duration ttl = absl::ZeroDuration();
  absl::Duration max_age = absl::ZeroDuration();
};

// The sources that are visited from a shard: when, with what success, and what they named the last
// time. A visit asks for the source's URL, follows redirects (hop by hop, to any site), and for a
// sitemap index also for the newest of its sitemaps, for a section for the pages that go on with
// it; it ends in new targets, in a row of the table `source` and in a record to the topic
// `sources`. The shard's thread.
class SourceVisits {
 public:
  // All outlive it. Takes those of options.sources whose registrable domain falls to `shard` of
  // `shards`.
  SourceVisits(const FetchOptions& options, Frontier& frontier, FetchObserver& observer,
               uint32_t shard, uint32_t shards);

  void Load(std::string_view key, std::string_view value);

  // Once, after the last Load: queues the first visits and forgets what is not configured any more.
  void Begin(FetchTurn& turn);

  // What to ask for now. nullopt: nothing.
  std::optional<Ask> Next(const base::Hash128& key) const;

  // Takes in the answer to what Next gave.
  void Finish(const base::Hash128& key, HttpResponse response, FetchTurn& turn);

  // The request that Next gave may not be made.
  void Refuse(const base::Hash128& key, std::string detail, FetchTurn& turn);

  size_t size() const { return sources_.size(); }
  size_t failing() const;

 private:
  struct Source {
    SourceOptions options;
    base::Hash128 key;
    state::v1::FetchSourceRow row;
  };

  void Queue(const Source& source, Frontier::Kind kind, absl::Time due);
  void Save(const Source& source, log::Transaction& transaction) const;

  void Answered(Source& source, HttpResponse response, FetchTurn& turn);
  void Redirected(Source& source, const HttpResponse& response, FetchTurn& turn);
  // A page of its own: passed on where it has changed.
  void ReadPage(Source& source, HttpResponse response, FetchTurn& turn);
  void Read(Source& source, const HttpResponse& response, FetchTurn& turn);
  void TakeItems(Source& source, std::vector<SourceItem> items, FetchTurn& turn);
  enum class Naming { kNew, kAgain, kKnown };
  // What naming `item` means; `seen`: the visit before did too.
  Naming Name(const SourceItem& item, bool seen, FetchTurn& turn) const;
  // With the next part, or ends the visit.
  void GoOn(Source& source, const SourceFloors& floors, FetchTurn& turn);
  // `may_pass`: the same request may go better later.
  void Failed(Source& source, std::string error, bool may_pass, absl::Duration retry_after,
              FetchTurn& turn);
  void PartFailed(Source& source, std::string error, bool may_pass, FetchTurn& turn);
  void End(Source& source, const SourceFloors& floors, FetchTurn& turn);
  void Plan(Source& source, absl::Duration until_next, FetchTurn& turn);

  const FetchOptions* options_;  // Not owned.
  Frontier* frontier_;           // Not owned.
  FetchObserver* observer_;      // Not owned.
  const uint32_t shard_;
  const uint32_t shards_;
  std::map<base::Hash128, Source> sources_;
  std::vector<std::string> forgotten_;  // Rows that no source has.
};

}  // namespace sluice::fetch
