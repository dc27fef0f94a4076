#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pipeline/log/log.h"
#include "pipeline/stage/verdict.h"
#include "sluice/data/v1/envelope.pb.h"

namespace sluice::stage {

// What Prepare made of a record, handed to Apply. Stages derive their own.
class Prepared {
 public:
  virtual ~Prepared() = default;

  // Of the page that the record carries, with its trail. nullptr: the record is about no page (its
  // fate is counted, not told).
  virtual const data::v1::Envelope* envelope() const = 0;
};

// Where a stage tells how pages ended that it had Held.
class Outcomes {
 public:
  virtual ~Outcomes() = default;
  // A page that no record brought, such as a revisit that found a new text: from here on it counts
  // as one that was received and Held, and is to be settled like one.
  virtual void Accept(const data::v1::Envelope& envelope) = 0;
  // `envelope` as the stage was given it, trail included; the runner adds the step. Passed: what
  // the stage emitted for the page since the last call gets the step too.
  virtual void Settle(const data::v1::Envelope& envelope, const Verdict& verdict) = 0;
};

// One shard of one stage. The runner calls Prepare from a pool, all else from the shard's thread,
// in log order.
class Stage {
 public:
  virtual ~Stage() = default;

  // Called with every live row before the first record.
  virtual void Load(std::string_view /*table*/, std::string_view /*key*/,
                    std::string_view /*value*/) {}

  // Called once after the last Load and before the first record, with the committed tables: any
  // thread may read them for as long as the stage lives. The caller destroys the stage before the
  // worker.
  virtual void Opened(const log::State& /*state*/) {}

  // All that costs CPU. Pure: the same record gives the same result. Many threads at once. Not OK:
  // the record is retried or dead-lettered, by the status code.
  virtual absl::StatusOr<std::unique_ptr<Prepared>> Prepare(const log::Record& record) const = 0;

  // Decides, emits, remembers. Messages that it emits carry the envelope that came, trail included;
  // the runner adds this stage's step. Not OK: nothing changed, neither in `transaction` (the
  // runner rolls it back) nor in the stage.
  virtual absl::StatusOr<Verdict> Apply(Prepared& prepared, const log::Record& record,
                                        log::Transaction& transaction) = 0;

  // Called once after each Commit that succeeded, before the next record: for what may be told or
  // done only then.
  virtual void Committed() {}

  // Timers and mailboxes: OnWake is called when `now` has reached NextWake, or after Worker::Wake.
  virtual absl::Time NextWake() const { return absl::InfiniteFuture(); }
  virtual absl::Status OnWake(absl::Time /*now*/, log::Transaction& /*transaction*/,
                              Outcomes& /*outcomes*/) {
    return absl::OkStatus();
  }
};

}  // namespace sluice::stage
