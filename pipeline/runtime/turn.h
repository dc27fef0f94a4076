#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pipeline/log/log.h"
#include "pipeline/stage/stage.h"
#include "pipeline/telemetry/stage_metrics.h"
#include "sluice/data/v1/dead_letter.pb.h"

namespace sluice::runtime {

// One turn of a shard: the transaction that it fills, the trail and outcomes that go with it, and
// what it will count once it is committed. The shard's thread.
class Turn final : public stage::Outcomes {
 public:
  // A letter also holds the record's envelope and key: so much of a record is left for them.
  static constexpr size_t kDeadLetterBytesMax = log::Transaction::kRecordBytesMax - (256 << 10);

  struct Setting {
    std::string_view stage;
    std::string_view main_output;  // Empty: a replica, which emits neither pages nor outcomes.
    size_t dead_letter_bytes_max = 64 << 10;  // At most kDeadLetterBytesMax.
  };

  Turn(const Setting& setting, const log::State& state, absl::Time now);

  // Runs the stage's OnWake. Not OK: nothing changed.
  absl::Status Wake(stage::Stage& stage);

  // Has the stage decide on a record. Not OK: nothing changed.
  absl::Status Apply(stage::Stage& stage, stage::Prepared& prepared, const log::Record& record);

  // Sets a record aside for which no answer was reached.
  void DeadLetter(const log::Record& record, const absl::Status& cause, uint32_t attempts);

  void Accept(const data::v1::Envelope& envelope) override;
  void Settle(const data::v1::Envelope& envelope, const stage::Verdict& verdict) override;

  log::Transaction& transaction() { return transaction_; }
  telemetry::TurnCounts& counts() { return counts_; }

 private:
  // Counts a verdict, adds its step to what was emitted from `first_append` on, and writes the
  // outcome.
  void Finish(const data::v1::Envelope* envelope, const stage::Verdict& verdict,
              size_t first_append);
  void EmitLetter(data::v1::DeadLetter letter);
  void EmitOutcome(const data::v1::Envelope& envelope, data::v1::TrailStep step, bool final);

  Setting setting_;
  absl::Time now_;
  log::Transaction transaction_;
  telemetry::TurnCounts counts_;
  size_t unsettled_append_ = 0;  // First that no Settle has covered.
};

}  // namespace sluice::runtime
