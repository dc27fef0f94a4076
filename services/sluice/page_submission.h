#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
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
    size_t pages_max = 256;                             // Under way.
    size_t bytes_max = 16 << 20;                        // And their bytes; one page is always sent.
    absl::Duration first_patience = absl::Seconds(15);  // Until the first answer, then
    absl::Duration patience = absl::Minutes(10);        // between two; then it gives up.
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

  explicit PageSubmission(const Options& options);

  // Sends all that `source` gives and reports each answer, in order. Not OK: given up; the message
  // says why, and what was answered until then stays accepted.
  absl::Status Run(Source source, Answer answer, Wait wait);

 private:
  grpc::Status Exchange(Source source, Answer answer);
  bool MayTakeMore() const;
  void TakeMore(Source source);

  const Options options_;
  std::unique_ptr<service::v1::FetchService::Stub> stub_;
  std::deque<Page> unanswered_;  // In order; the first `sent_` of them on the current stream.
  size_t unanswered_bytes_ = 0;
  size_t sent_ = 0;
  bool source_ended_ = false;
  bool answered_ = false;  // At least once.
  absl::Time last_answer_;
};

}  // namespace sluice::cli
