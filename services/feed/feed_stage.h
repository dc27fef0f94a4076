#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pipeline/log/log.h"
#include "pipeline/stage/stage.h"
#include "services/feed/feed_store.h"

namespace sluice::feed {

// Keeps a replica of the clean feed: each item a row by its log time and offset, found again by its
// id and its article's, and hands what is committed to a FeedStore, which serves it. Decides
// nothing: an item is passed on as it stands in the log. Rows go by age and by bytes, by the log's
// time.
//
// A replica: one in every process that serves the feed. Prepare may be called from many threads at
// once; all else from the shard's thread.
class FeedStage final : public stage::Stage {
 public:
  struct Options {
    absl::Duration retention = absl::Hours(24 * 30);  // Of an item, by log time.
    uint64_t retention_bytes = uint64_t{4} << 30;     // Of all items.
  };

  static log::Spec Spec();

  // `store` outlives the stage, and is closed by its end.
  //   kInvalidArgument: an option is out of range; the message names it, its value and the range.
  static absl::StatusOr<std::unique_ptr<FeedStage>> Create(const Options& options,
                                                           FeedStore& store);
  ~FeedStage() override;

  void Load(std::string_view table, std::string_view key, std::string_view value) override;
  void Opened(const log::State& state) override;

  // Encodes the item once for all subscribers. kInvalidArgument: not a FeedItem, or without ids.
  absl::StatusOr<std::unique_ptr<stage::Prepared>> Prepare(
      const log::Record& record) const override;
  // Remembers the item. It is readable once it is committed.
  absl::StatusOr<stage::Verdict> Apply(stage::Prepared& prepared, const log::Record& record,
                                       log::Transaction& transaction) override;
  void Committed() override;

 private:
  FeedStage(const Options& options, FeedStore& store) : options_(options), store_(&store) {}

  void Retain(absl::Time now, log::Transaction& transaction);

  const Options options_;
  FeedStore* store_;                         // Not owned.
  std::vector<ItemPtr> applied_;             // Since the last commit.
  std::optional<ItemIndex::Entry> trimmed_;  // Since the last commit.
};

}  // namespace sluice::feed
