#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "pipeline/base/clock.h"
#include "services/feed/item_index.h"
#include "services/feed/tables.h"
#include "sluice/data/v1/dead_letter.pb.h"
#include "sluice/data/v1/outcome.pb.h"
#include "sluice/data/v1/source_health.pb.h"

namespace sluice::feed {

// Whether a stage reached no answer on the page.
bool EndedAsDeadLetter(const data::v1::Outcome& outcome);

// What became of the pages, and how the sources do, as readers see it. One OutcomeStage writes; any
// thread reads, and each read may touch the disk. kUnavailable from any of them: the replica is
// starting.
class OutcomeStore {
 public:
  static constexpr std::string_view kOutcomes = "outcomes";  // Tables.
  static constexpr std::string_view kCaptures = "captures";
  static constexpr std::string_view kDeadLetters = "dead_letters";
  static constexpr std::string_view kSources = "sources";

  struct Options {
    absl::Duration retention = absl::Hours(24 * 14);  // Of outcomes and dead letters, by log time.
    size_t page_bytes_max = 3 << 20;  // Of dead letters; a client's default limit is 4 MiB.
    size_t scan_letters_max = 2000;   // Looked at for one page, whatever matches.
  };

  // `clock` outlives the store.
  OutcomeStore(const Options& options, const base::Clock& clock)
      : options_(options), clock_(&clock) {}

  // The newest capture of the page at `url`, as requested or as it was after redirects; where it
  // has not been captured, how far it has come. kNotFound: never seen, or longer ago than outcomes
  // are kept. kInvalidArgument: no URL.
  absl::StatusOr<data::v1::Outcome> ExplainUrl(std::string_view url) const;
  // Of one capture; or, by the id that a submitted URL was given, as above.
  absl::StatusOr<data::v1::Outcome> ExplainId(std::string_view id) const;

  struct DeadLetterQuery {
    std::string stage = {};  // Empty: all.
    std::string id = {};     // Of a page. Empty: all.
    bool resolved = false;   // Those too whose page has had another end since.
    size_t letters_max = 50;
    std::string token = {};  // Of the page before.
  };
  struct DeadLetterPage {
    std::vector<data::v1::DeadLetter> letters;  // The newest first.
    std::string next_token;  // Empty: this was the last page. Earlier ones may be short, or empty.
  };
  // kInvalidArgument: the token is none.
  absl::StatusOr<DeadLetterPage> ListDeadLetters(const DeadLetterQuery& query) const;

  // All that were heard of within the retention, by id.
  absl::StatusOr<std::vector<data::v1::SourceHealth>> ListSources() const;

  const Options& options() const { return options_; }

  // For the stage.
  void LoadLetter(const ItemIndex::Entry& entry);
  void Open(const log::State& state) { tables_.Open(state); }
  void AddLetters(const std::vector<ItemIndex::Entry>& letters);
  void TrimLetters(uint64_t through_offset);
  std::optional<ItemIndex::Entry> ExcessLetters(const ItemIndex::Bounds& bounds) const;
  void Close();

 private:
  absl::StatusOr<std::optional<data::v1::Outcome>> Find(std::string_view id) const;
  absl::StatusOr<bool> Wanted(const DeadLetterQuery& query,
                              const data::v1::DeadLetter& letter) const;

  const Options options_;
  const base::Clock* clock_;  // Not owned.
  Tables tables_;

  mutable absl::Mutex mutex_;
  ItemIndex letters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sluice::feed
