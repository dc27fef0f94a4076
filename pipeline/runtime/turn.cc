#include "pipeline/runtime/turn.h"

#include <utility>

#include "pipeline/log/topics.h"
#include "pipeline/runtime/trail.h"

namespace sluice::runtime {

using stage::Verdict;

Turn::Turn(const Setting& setting, const log::State& state, absl::Time now)
    : setting_(setting), now_(now), transaction_(&state) {}

absl::Status Turn::Wake(stage::Stage& stage) {
  const log::Transaction::Savepoint savepoint = transaction_.Save();
  const telemetry::TurnCounts counts = counts_;
  unsettled_append_ = transaction_.appends().size();
  absl::Status status = stage.OnWake(now_, transaction_, *this);
  if (!status.ok()) {
    transaction_.RollBack(savepoint);
    counts_ = counts;
  }
  return status;
}

absl::Status Turn::Apply(stage::Stage& stage, stage::Prepared& prepared,
                         const log::Record& record) {
  const log::Transaction::Savepoint savepoint = transaction_.Save();
  absl::StatusOr<Verdict> verdict = stage.Apply(prepared, record, transaction_);
  if (!verdict.ok()) {
    transaction_.RollBack(savepoint);
    return verdict.status();
  }
  ++counts_.received;
  if (verdict->kind == Verdict::Kind::kHeld) ++counts_.held;
  Finish(prepared.envelope(), *verdict, savepoint.appends);
  return absl::OkStatus();
}

void Turn::Accept(const data::v1::Envelope& envelope) {
  ++counts_.received;
  ++counts_.held;
  Finish(&envelope, Verdict::Held(), transaction_.appends().size());
}

void Turn::Settle(const data::v1::Envelope& envelope, const Verdict& verdict) {
  --counts_.held;
  Finish(&envelope, verdict, unsettled_append_);
  unsettled_append_ = transaction_.appends().size();
}

void Turn::Finish(const data::v1::Envelope* envelope, const Verdict& verdict, size_t first_append) {
  const bool passed =
      verdict.kind == Verdict::Kind::kPassed || verdict.kind == Verdict::Kind::kPublished;
  const bool dropped = verdict.kind == Verdict::Kind::kDropped;
  if (passed) ++counts_.passed;
  if (dropped) counts_.Drop(verdict.reason);
  if (setting_.main_output.empty() || envelope == nullptr) return;

  data::v1::TrailStep step = MakeStep(setting_.stage, verdict, now_);
  if (passed) {
    std::vector<log::Transaction::Append>& appends = transaction_.mutable_appends();
    for (size_t i = first_append; i < appends.size(); ++i) {
      if (appends[i].topic == setting_.main_output) AppendStep(step, appends[i].value);
    }
  }
  const bool final = dropped || verdict.kind == Verdict::Kind::kPublished;
  // A page is new where nothing has happened to it: its arrival is told, unless its end is told at
  // once.
  const bool accepted = envelope->trail().empty() && !final;
  if (final || accepted) EmitOutcome(*envelope, std::move(step), final);
}

void Turn::EmitOutcome(const data::v1::Envelope& envelope, data::v1::TrailStep step, bool final) {
  const data::v1::Outcome outcome = MakeOutcome(envelope, std::move(step), final);
  // An envelope is bounded by the record that it came in and the step by kDetailBytesMax, so this
  // fits a record.
  transaction_.Emit(log::kOutcomes, envelope.id(), outcome.SerializeAsString()).IgnoreError();
}

void Turn::DeadLetter(const log::Record& record, const absl::Status& cause, uint32_t attempts) {
  ++counts_.received;
  ++counts_.dead_lettered;
  if (setting_.main_output.empty()) return;
  data::v1::DeadLetter letter =
      MakeDeadLetter(setting_.stage, record, cause, attempts, setting_.dead_letter_bytes_max, now_);
  EmitLetter(letter);
  if (letter.has_envelope()) EmitOutcome(letter.envelope(), DeadLetterStep(letter), true);
}

void Turn::EmitLetter(data::v1::DeadLetter letter) {
  if (transaction_.Emit(log::kDeadLetters, setting_.stage, letter.SerializeAsString()).ok()) return;
  // The record's envelope or key is larger than kDeadLetterBytesMax leaves room for. What remains
  // says why and where the record stands, and fits any record.
  letter.clear_record();
  letter.clear_key();
  letter.clear_envelope();
  letter.set_truncated(true);
  transaction_.Emit(log::kDeadLetters, setting_.stage, letter.SerializeAsString()).IgnoreError();
}

}  // namespace sluice::runtime
