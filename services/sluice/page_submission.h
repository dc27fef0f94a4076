#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pipeline/base/clock.h"
#include "services/sluice/client.h"
#include "sluice/service/v1/fetch.grpc.pb.h"

namespace sluice::cli {

// Sends pages to FetchService.SubmitPages, many under way at once but bounded in number and bytes.
// Where the server goes away or has too much to do, it waits and sends again what was not answered;
// ids absorb the repeats. One thread.
class PageSubmission {
 public:
  struct Options {
    ClientOptions client;
    size_t pages_max = 256;            // Under way.
    size_t bytes_max = 16 << 20;       // And their bytes; one page is always sent.
    size_t page_bytes_max = 16 << 20;  // What a server takes; a larger page is refused here.
    // Without an answer while a page waits for one: until the first, then between two. Then it
    // gives up. A source that pauses costs no patience.
    absl::Duration first_patience = absl::Seconds(15);
    absl::Duration patience = absl::Minutes(10);
    absl::Duration backoff_min = absl::Milliseconds(200);  // Between attempts; doubles
    absl::Duration backoff_max = absl::Seconds(10);        // up to this.
  };
  // The next page, or none: all have been handed out. `tag` comes back with the page's answer.
  struct Page {
    service::v1::SubmitPagesRequest request;
    uint64_t tag = 0;
  };
  using Source = absl::FunctionRef<std::optional<Page>()>;
  using Answer = absl::FunctionRef<void(uint64_t tag, const service::v1::SubmitResult& result)>;

  // Told once each time that the server is away or has too much to do, while it is waited for.
  using Wait = absl::FunctionRef<void(const absl::Status& why)>;

  // `clock` outlives it.
  PageSubmission(const Options& options, const base::Clock& clock);

  // Sends all that `source` gives and reports each answer, in order. A page that is too large for
  // any server is answered as it comes, unsent. Not OK: given up; the message says why, and what
  // was answered until then stays accepted.
  absl::Status Run(Source source, Answer answer, Wait wait);

 private:
  grpc::Status Exchange(Source source, Answer answer);
  bool MayTakeMore() const;
  void TakeMore(Source source, Answer answer);
  // Whether the page is too large to be sent: then it has its answer.
  bool Refuse(const Page& page, Answer answer) const;
  // For how long the server has owed an answer.
  absl::Duration Silence() const;

  const Options options_;
  std::unique_ptr<service::v1::FetchService::Stub> stub_;
  const base::Clock* clock_;     // Not owned.
  std::deque<Page> unanswered_;  // In order; the first `sent_` of them on the current stream.
  size_t unanswered_bytes_ = 0;
  size_t sent_ = 0;
  bool source_ended_ = false;
  uint64_t answers_ = 0;
  absl::Time quiet_since_;  // Since when the server owes an answer, less what the source took.
};

}  // namespace sluice::cli
