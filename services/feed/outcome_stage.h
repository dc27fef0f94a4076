#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/log.h"
#include "pipeline/stage/stage.h"
#include "services/feed/item_index.h"
#include "services/feed/outcome_store.h"

namespace sluice::feed {

// Keeps a replica of outcomes, dead letters and the sources' health, for an OutcomeStore to serve.
// All of it goes by age, by the log's time; dead letters by number and bytes too.
//
// Of one page the newest outcome stands, but not one that only says that it was known already: a
// feed names its pages again every ten minutes, and that must not hide what became of them.
//
// A replica: one in every process that serves the feed. Prepare may be called from many threads at
// once; all else from the shard's thread.
class OutcomeStage final : public stage::Stage {
 public:
  struct Options {
    size_t letters_max = 100'000;
    uint64_t letters_bytes_max = 256 << 20;
  };

  static log::Spec Spec();

  // `store`, whose options say how long things are kept, outlives the stage and is closed by its
  // end.
  //   kInvalidArgument: an option is out of range; the message names it, its value and the range.
  static absl::StatusOr<std::unique_ptr<OutcomeStage>> Create(const Options& options,
                                                              OutcomeStore& store);
  ~OutcomeStage() override;

  void Load(std::string_view table, std::string_view key, std::string_view value) override;
  void Opened(const log::State& state) override;
  // kInvalidArgument: not a message of the record's topic.
  absl::StatusOr<std::unique_ptr<stage::Prepared>> Prepare(
      const log::Record& record) const override;
  absl::StatusOr<stage::Verdict> Apply(stage::Prepared& prepared, const log::Record& record,
                                       log::Transaction& transaction) override;
  void Committed() override;

 private:
  OutcomeStage(const Options& options, OutcomeStore& store) : options_(options), store_(&store) {}

  void ApplyOutcome(const data::v1::Outcome& outcome, const log::Record& record,
                    log::Transaction& transaction) const;
  void ApplyLetter(const log::Record& record, log::Transaction& transaction);
  void ApplySource(const data::v1::SourceHealth& health, const log::Record& record,
                   log::Transaction& transaction);
  void Expire(absl::Time now, log::Transaction& transaction);

  const Options options_;
  OutcomeStore* store_;                        // Not owned.
  base::StringMap<absl::Time> sources_;        // When each was heard of last.
  absl::Time expired_ = absl::InfinitePast();  // When rows were last looked at for their age.
  std::vector<ItemIndex::Entry> letters_;      // Since the last commit.
  std::optional<uint64_t> letters_trimmed_;    // Through this offset, since the last commit.
};

}  // namespace sluice::feed
