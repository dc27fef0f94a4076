#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pipeline/kafka/worker.h"

namespace sluice::kafka {

// The steps by which a worker is opened: fence, look up, bring the local copy up to date, load,
// read on. Used once.
class WorkerOpening {
 public:
  WorkerOpening(const Worker::Base& base, const log::Spec& spec, log::Partition partition,
                const std::stop_token& stop);

  absl::StatusOr<std::unique_ptr<Worker>> Run(log::Load load);

 private:
  using Committed = std::optional<Reader::Committed>;

  // kInvalidArgument: no such shard.
  absl::Status ChooseInputs();
  absl::Status Fence();
  // What the group says; `places_` are the inputs' or the anchor.
  absl::Status LookUp();
  // Fills `input` from what was committed, or where nothing was, from the local copy, or the oldest
  // record.
  absl::Status Position(size_t i, const LocalCopy::Checkpoint* known);
  // Whether the local copy has a past that the log does not share.
  bool Diverged(const LocalCopy& copy) const;
  absl::Status BringUp(LocalCopy& copy);
  // Where the changelogs begin and end.
  absl::Status MeasureChangelogs();
  // How far the copy has come in them; empty: it does not know them all.
  std::optional<std::vector<int64_t>> ChangelogOffsets(const LocalCopy& copy) const;
  // Where to read them on from; empty: the copy is too old to go on from.
  std::optional<std::vector<int64_t>> ResumeAt(const LocalCopy& copy) const;
  // Reads them to their ends, from `resume` on or into an empty copy. Returns where it ended.
  absl::StatusOr<std::vector<int64_t>> Restore(LocalCopy& copy,
                                               std::optional<std::vector<int64_t>> resume);
  LocalCopy::Checkpoint Checkpoint(absl::Span<const int64_t> changelogs) const;

  const Worker::Base base_;
  const Options& options_;
  const log::Spec& spec_;
  const log::Partition partition_;
  const std::string who_;
  const std::string group_;
  const std::stop_token stop_;
  Patience patience_;
  Changelog changelog_;
  std::vector<Inputs::Input> inputs_;
  std::vector<int64_t> ends_;  // Of the inputs.
  std::vector<int64_t> changelog_beginnings_;
  std::vector<int64_t> changelog_ends_;
  std::optional<Place> anchor_;
  std::vector<Place> places_;
  std::vector<Committed> committed_;  // Of places_.
  CommitMark newest_;
  std::string cluster_id_;
  std::unique_ptr<ShardCommitter> committer_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace sluice::kafka
