#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pipeline/log/log.h"
#include "pipeline/stage/verdict.h"
#include "sluice/data/v1/dead_letter.pb.h"
#include "sluice/data/v1/envelope.pb.h"
#include "sluice/data/v1/outcome.pb.h"

namespace sluice::runtime {

// Of a verdict's detail in the trail, and of a status message in a dead letter: longer ones are
// cut. Both may quote what came from outside, so bytes that are no UTF-8 are replaced.
inline constexpr size_t kDetailBytesMax = 1024;

// A stage's step for a verdict. Of a dead letter see MakeDeadLetter.
data::v1::TrailStep MakeStep(std::string_view stage, const stage::Verdict& verdict, absl::Time now);

// Adds a step to the trail of any encoded data message, without parsing it: protobuf merges
// messages that are concatenated, and field 1 of every data message is its envelope.
void AppendStep(const data::v1::TrailStep& step, std::string& message);

// The envelope of an encoded data message. kInvalidArgument: not a data message.
absl::StatusOr<data::v1::Envelope> ReadEnvelope(std::string_view message);

data::v1::Outcome MakeOutcome(const data::v1::Envelope& envelope, data::v1::TrailStep step,
                              bool final);

// `cause` is why no answer was reached. Keeps at most `record_bytes_max` of the record.
data::v1::DeadLetter MakeDeadLetter(std::string_view stage, const log::Record& record,
                                    const absl::Status& cause, uint32_t attempts,
                                    size_t record_bytes_max, absl::Time now);

// The last step of a dead-lettered page's trail.
data::v1::TrailStep DeadLetterStep(const data::v1::DeadLetter& letter);

}  // namespace sluice::runtime
