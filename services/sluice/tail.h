#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/sluice/client.h"
#include "sluice/service/v1/feed.pb.h"

namespace sluice::cli {

struct TailOptions {
  ClientOptions client;
  std::string from = "now";  // beginning, now, a time, an age such as 2h, or a cursor.
  std::string state;   // File that keeps the cursor; where it has one, that goes before `from`.
  uint64_t limit = 0;  // Items; 0: no end.
  bool follow = true;  // False: ends behind what the feed has when it is asked.
  absl::Duration idle_exit = absl::InfiniteDuration();  // Ends well after so long without an item.
  bool jsonl = false;
  // Brings the output to the disk: what the cursor says was printed is not lost with the power.
  // Called where there is a `state`. Empty: the output is no file.
  std::function<absl::Status()> sync_output;
  service::v1::Filter filter;
  absl::Duration backoff_min = absl::Milliseconds(200);  // Between attempts to connect; doubles
  absl::Duration backoff_max = absl::Seconds(3);         // up to this.
};

// Prints the feed to `output`, item by item, until its end, the limit or a pause; says on
// `messages` when the server goes away and comes back, and goes on where it was, each item once.
//   kInvalidArgument, kFailedPrecondition, kOutOfRange: the start or filter does not do; the
//   message says what would; so does the state file, where it is empty. kUnavailable: idle_exit
//   passed without a server. kDataLoss: the state file cannot be read or written, or the output.
absl::Status RunTail(const TailOptions& options, std::ostream& output, std::ostream& messages);

// As configurations write it: 5s, 2h30m, 7d. Zero where it is none.
absl::Duration ParseSpan(std::string_view text);

// Where a subscription starts, of what was given for --from. kInvalidArgument: none of the forms.
absl::StatusOr<service::v1::SubscribeRequest> ParseFrom(std::string_view from, absl::Time now);

}  // namespace sluice::cli
