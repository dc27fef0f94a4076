#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pipeline/kafka/commit_mark.h"
#include "pipeline/kafka/committer.h"
#include "pipeline/kafka/options.h"
#include "pipeline/kafka/patience.h"
#include "pipeline/kafka/reader.h"

namespace sluice::kafka {

// The newest of what was looked up; without any, the mark of sequence 0.
CommitMark NewestMark(absl::Span<const std::optional<Reader::Committed>> committed);

// Commits the batches of one shard, each exactly once or never, whatever brokers do in between:
// aborts and sends again, makes the client anew, and looks commits of unknown end up. One thread.
class ShardCommitter {
 public:
  struct Identity {
    std::string who;               // For people: "dedupe.0".
    std::string transactional_id;  // Fences the shard.
    std::string group;             // Holds its positions.
  };
  // Views outlive Commit.
  struct Batch {
    absl::Span<const OutputRecord> records;
    absl::Span<const Place> places;      // At least one: positions to commit.
    absl::Span<const CommitMark> marks;  // Of the places.
    CommitMark mark;                     // Of the batch.
  };

  // Takes the identity: whoever had it is fenced, what that had not committed is gone.
  //   kCancelled, kUnavailable: as `patience` says. kFailedPrecondition: not allowed.
  static absl::StatusOr<std::unique_ptr<ShardCommitter>> Open(const Options& options,
                                                              Identity identity,
                                                              std::vector<OutputTopic> topics,
                                                              Patience& patience);

  // Before the first Commit: the newest mark that the shard's group had when this was opened.
  void StartAfter(CommitMark last) { last_ = std::move(last); }

  // OK: the batch is committed. `lookup` reads the group's positions.
  // Not OK: this is over, nothing looks at the batch any more, and Commit is not called again.
  //   kAborted: fenced; nothing of it is, or ever will be. kCancelled: stopped; it may be.
  absl::Status Commit(const Batch& batch, const Reader& lookup, const std::stop_token& stop);

  // As Committer's, of the last commit; all -1 where its delivery reports were lost.
  const std::vector<int64_t>& last_offsets() const { return last_offsets_; }

 private:
  ShardCommitter(const Options& options, Identity identity, std::vector<OutputTopic> topics)
      : options_(&options), identity_(std::move(identity)), topics_(std::move(topics)) {}

  // A new client under the identity, however long `patience` lets it try.
  absl::Status Connect(Patience& patience);
  // Attempts until it is committed, or is not to be.
  absl::Status Persevere(const Batch& batch, const Reader& lookup, const std::stop_token& stop);
  // One transaction, from its beginning.
  absl::StatusOr<Failure> Attempt(const Batch& batch, Patience& patience);
  // Calls again while that is the remedy.
  static absl::StatusOr<Failure> Persist(Patience& patience, absl::FunctionRef<Failure()> call);
  // After an attempt that failed: kNone, the next may begin; kGiveUp, fenced.
  absl::StatusOr<Failure> CleanUp(const Failure& failure, Patience& patience);
  // With no transaction open: whether the batch was committed before.
  absl::StatusOr<bool> WasCommitted(const Batch& batch, const Reader& lookup, Patience& patience);

  const Options* options_;  // Not owned.
  Identity identity_;
  std::vector<OutputTopic> topics_;
  std::unique_ptr<Committer> committer_;  // nullptr: it is over.
  CommitMark last_;                       // Of the last batch that was committed.
  std::vector<int64_t> last_offsets_;
};

}  // namespace sluice::kafka
