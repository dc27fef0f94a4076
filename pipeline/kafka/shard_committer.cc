#include "pipeline/kafka/shard_committer.h"

#include <functional>
#include <utility>

#include "pipeline/base/strings.h"

namespace sluice::kafka {

CommitMark NewestMark(absl::Span<const std::optional<Reader::Committed>> committed) {
  CommitMark newest;
  for (const std::optional<Reader::Committed>& one : committed) {
    if (one.has_value() && one->mark.has_value() && one->mark->sequence > newest.sequence) {
      newest = *one->mark;
    }
  }
  return newest;
}

absl::StatusOr<std::unique_ptr<ShardCommitter>> ShardCommitter::Open(
    const Options& options, Identity identity, std::vector<OutputTopic> topics,
    Patience& patience) {
  std::unique_ptr<ShardCommitter> result(
      new ShardCommitter(options, std::move(identity), std::move(topics)));
  if (absl::Status status = result->Connect(patience); !status.ok()) {
    // Two that open at once fence each other: the next attempt shows who stays.
    return status.code() == absl::StatusCode::kAborted ? absl::UnavailableError(status.message())
                                                       : status;
  }
  return result;
}

absl::StatusOr<Failure> ShardCommitter::Persist(Patience& patience,
                                                absl::FunctionRef<Failure()> call) {
  for (;;) {
    Failure failure = call();
    if (failure.remedy != Remedy::kRepeat) return failure;
    if (absl::Status status = patience.Wait(failure.text); !status.ok()) return status;
  }
}

absl::Status ShardCommitter::Connect(Patience& patience) {
  for (;;) {
    committer_.reset();  // Two clients of one identity would fence each other.
    absl::StatusOr<std::unique_ptr<Committer>> committer =
        Committer::Create(*options_, identity_.transactional_id, topics_);
    if (!committer.ok()) return committer.status();
    committer_ = *std::move(committer);
    absl::StatusOr<Failure> failure = Persist(patience, [this] {
      Failure init = committer_->Init();
      const std::string complaint = committer_->LastComplaint();
      if (!init.ok() && !complaint.empty()) init.text += fmt::format(" ({})", complaint);
      return init;
    });
    if (!failure.ok()) return failure.status();
    if (failure->ok()) return absl::OkStatus();
    if (failure->remedy == Remedy::kGiveUp) {
      return absl::AbortedError(fmt::format("{} was fenced: {}", identity_.who, failure->text));
    }
    if (IsForbidden(failure->code)) return ToStatus(*failure);
    if (absl::Status status = patience.Wait(failure->text); !status.ok()) return status;
  }
}

absl::StatusOr<Failure> ShardCommitter::Attempt(const Batch& batch, Patience& patience) {
  const auto produce_all = [&]() -> absl::StatusOr<Failure> {
    for (const OutputRecord& record : batch.records) {
      absl::StatusOr<Failure> failure =
          Persist(patience, [&] { return committer_->Produce(record); });
      if (!failure.ok() || !failure->ok()) return failure;
    }
    return Failure();
  };
  const auto send_offsets = [&] {
    return committer_->SendOffsets(identity_.group, batch.places, batch.marks);
  };
  // Records travel while the offsets are sent; a commit flushes too, but does not tell when it has.
  const std::pair<std::string_view, std::function<absl::StatusOr<Failure>()>> steps[] = {
      {kStepBegin, [&] { return Persist(patience, [&] { return committer_->Begin(); }); }},
      {kStepProduce, produce_all},
      {kStepOffsets, [&] { return Persist(patience, send_offsets); }},
      {kStepFlush, [&] { return Persist(patience, [&] { return committer_->Flush(); }); }},
      {kStepCommit, [&] { return Persist(patience, [&] { return committer_->Commit(); }); }},
      {kStepAnswer, [] { return Failure(); }},
  };
  for (const auto& [step, run] : steps) {
    if (absl::Status status = Step(*options_, step); absl::IsUnavailable(status)) {
      return Failure{Remedy::kRebuild, RD_KAFKA_RESP_ERR__FATAL, std::string(status.message())};
    } else if (!status.ok()) {
      return status;
    }
    absl::StatusOr<Failure> failure = run();
    if (!failure.ok() || !failure->ok()) return failure;
  }
  return Failure();
}

absl::StatusOr<bool> ShardCommitter::WasCommitted(const Batch& batch, const Reader& lookup,
                                                  Patience& patience) {
  auto committed = lookup.LookUpCommitted(batch.places, patience);
  if (!committed.ok()) return committed.status();
  const CommitMark newest = NewestMark(*committed);
  if (newest == batch.mark) return true;
  if (newest == last_) return false;
  return absl::AbortedError(
      fmt::format("{} was fenced: the newest commit is number {} of another worker, this one's "
                  "last was number {}",
                  identity_.who, newest.sequence, last_.sequence));
}

absl::StatusOr<Failure> ShardCommitter::CleanUp(const Failure& failure, Patience& patience) {
  if (absl::Status status = patience.Wait(failure.text); !status.ok()) return status;
  if (failure.remedy == Remedy::kAbort) {
    absl::StatusOr<Failure> aborted = Persist(patience, [this] { return committer_->Abort(); });
    if (!aborted.ok() || aborted->ok() || aborted->remedy == Remedy::kGiveUp) return aborted;
    // What cannot even be aborted is left to the next client.
  }
  if (absl::Status status = Connect(patience); !status.ok()) return status;
  return Failure();
}

absl::Status ShardCommitter::Commit(const Batch& batch, const Reader& lookup,
                                    const std::stop_token& stop) {
  absl::Status status = Persevere(batch, lookup, stop);
  // The client may still point at the records, which are the caller's: it goes before they do.
  if (!status.ok()) committer_.reset();
  return status;
}

absl::Status ShardCommitter::Persevere(const Batch& batch, const Reader& lookup,
                                       const std::stop_token& stop) {
  Patience patience = Patience::ToCommit(*options_, identity_.who, stop);
  for (;;) {
    absl::StatusOr<Failure> failure = Attempt(batch, patience);
    if (failure.ok() && failure->ok()) {
      last_ = batch.mark;
      last_offsets_ = committer_->last_offsets();
      return absl::OkStatus();
    }
    if (failure.ok() && failure->remedy != Remedy::kGiveUp) {
      failure = CleanUp(*failure, patience);
    }
    if (!failure.ok()) return failure.status();
    if (failure->remedy == Remedy::kGiveUp) {
      return absl::AbortedError(fmt::format("{} was fenced: {}", identity_.who, failure->text));
    }
    // Even an attempt that was to be aborted may have been committed: its last request may have
    // arrived.
    absl::StatusOr<bool> committed = WasCommitted(batch, lookup, patience);
    if (!committed.ok()) return committed.status();
    if (*committed) {
      last_ = batch.mark;
      last_offsets_.assign(topics_.size(), -1);
      return absl::OkStatus();
    }
  }
}

}  // namespace sluice::kafka
