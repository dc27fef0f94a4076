#include "pipeline/runtime/trail.h"

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/base/utf8.h"
#include "pipeline/base/version.h"

namespace sluice::runtime {
namespace {

data::v1::StepOutcome OutcomeOf(stage::Verdict::Kind kind) {
  switch (kind) {
    case stage::Verdict::Kind::kPassed:
    case stage::Verdict::Kind::kPublished:
      return data::v1::STEP_OUTCOME_PASSED;
    case stage::Verdict::Kind::kDropped:
      return data::v1::STEP_OUTCOME_DROPPED;
    case stage::Verdict::Kind::kHeld:
      return data::v1::STEP_OUTCOME_ACCEPTED;
  }
  return data::v1::STEP_OUTCOME_UNSPECIFIED;
}

}  // namespace

data::v1::TrailStep MakeStep(std::string_view stage, const stage::Verdict& verdict,
                             absl::Time now) {
  data::v1::TrailStep step;
  step.set_stage(std::string(stage));
  step.set_outcome(OutcomeOf(verdict.kind));
  step.set_reason(std::string(verdict.reason));
  step.set_detail(base::ToValidUtf8(verdict.detail, kDetailBytesMax));
  *step.mutable_time() = base::ToProto(now);
  step.set_version(std::string(base::kVersion));
  return step;
}

void AppendStep(const data::v1::TrailStep& step, std::string& message) {
  data::v1::Enveloped addition;
  *addition.mutable_envelope()->add_trail() = step;
  addition.AppendToString(&message);
}

absl::StatusOr<data::v1::Envelope> ReadEnvelope(std::string_view message) {
  data::v1::Enveloped parsed;
  if (!parsed.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return absl::InvalidArgumentError(
        fmt::format("a record of {} bytes is not a data message", message.size()));
  }
  return std::move(*parsed.mutable_envelope());
}

data::v1::Outcome MakeOutcome(const data::v1::Envelope& envelope, data::v1::TrailStep step,
                              bool final) {
  data::v1::Outcome outcome;
  *outcome.mutable_envelope() = envelope;
  *outcome.mutable_envelope()->add_trail() = std::move(step);
  outcome.set_final(final);
  return outcome;
}

data::v1::DeadLetter MakeDeadLetter(std::string_view stage, const log::Record& record,
                                    const absl::Status& cause, uint32_t attempts,
                                    size_t record_bytes_max, absl::Time now) {
  data::v1::DeadLetter letter;
  if (absl::StatusOr<data::v1::Envelope> envelope = ReadEnvelope(record.value); envelope.ok()) {
    *letter.mutable_envelope() = *std::move(envelope);
  }
  letter.set_stage(std::string(stage));
  letter.set_code(absl::StatusCodeToString(cause.code()));
  letter.set_detail(base::ToValidUtf8(base::ToStd(cause.message()), kDetailBytesMax));
  letter.set_topic(std::string(record.topic));
  letter.set_partition(record.partition);
  letter.set_offset(record.offset);
  letter.set_key(std::string(record.key));
  letter.set_record(std::string(record.value.substr(0, record_bytes_max)));
  letter.set_record_bytes(record.value.size());
  letter.set_truncated(record.value.size() > record_bytes_max);
  *letter.mutable_time() = base::ToProto(now);
  letter.set_version(std::string(base::kVersion));
  letter.set_attempts(attempts);
  return letter;
}

data::v1::TrailStep DeadLetterStep(const data::v1::DeadLetter& letter) {
  data::v1::TrailStep step;
  step.set_stage(letter.stage());
  step.set_outcome(data::v1::STEP_OUTCOME_DEAD_LETTERED);
  step.set_reason(letter.code());
  step.set_detail(letter.detail());
  *step.mutable_time() = letter.time();
  step.set_version(letter.version());
  return step;
}

}  // namespace sluice::runtime
