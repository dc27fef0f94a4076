#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "pipeline/base/clock.h"
#include "pipeline/log/log.h"
#include "pipeline/rpc/executor.h"
#include "services/fetch/raw_page.h"
#include "sluice/service/v1/fetch.grpc.pb.h"

namespace sluice::fetch {

// One call of SubmitPages: pages are appended in the order in which they come and answered in it,
// each when it is kept. Many are under way at once; the next is read while one is worked on.
//
// While the backlog is too large the stream stands still for a while, then ends with
// RESOURCE_EXHAUSTED; what was answered is kept, the rest may be sent again. A page that is refused
// is answered with the reason, one that cannot be parsed too: gRPC would take that for the end of
// the pages, so messages come and go as bytes. Ends with the log's own error where a page was not
// kept. Any thread; deletes itself when gRPC is done with it and no page is under way.
class SubmitPagesStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                                public std::enable_shared_from_this<SubmitPagesStream> {
 public:
  struct Options {
    size_t pages_max = 256;  // Under way.
    PageLimits limits = {};
    absl::Duration admission_interval =
        absl::Milliseconds(100);  // Between two looks at the backlog.
    absl::Duration admission_patience = absl::Seconds(10);
  };
  struct Base {
    log::Appender& appender;
    const base::Clock& clock;
    rpc::Executor& executor;
    std::function<absl::Status()> admit;
  };

  static SubmitPagesStream* Start(const Options& options, const Base& base);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  // A page under way: its answer, once it is known.
  struct Slot {
    service::v1::SubmitPagesResponse response;
    bool settled = false;
    absl::Status failure;  // Ends the stream.
  };

  SubmitPagesStream(const Options& options, const Base& base) : options_(options), base_(base) {}

  // Does what can be done next: hands a page to the executor, writes an answer, ends the stream.
  void Advance();
  void Work();
  void Refuse(const absl::Status& status);
  // Looks at the backlog again later.
  void WaitForRoom(const absl::Status& status);
  void Append(Slot& slot);
  void Settle(Slot& slot, const absl::Status& status);
  void Fail(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  const Base base_;
  std::shared_ptr<SubmitPagesStream>
      self_;  // gRPC's, until OnDone; the pages under way have theirs.

  grpc::ByteBuffer incoming_;           // gRPC's, while reading_.
  grpc::ByteBuffer current_;            // The executor's, while working_.
  grpc::ByteBuffer outgoing_;           // gRPC's, while writing_.
  std::unique_ptr<grpc::Alarm> alarm_;  // The executor's; so is what follows.
  absl::Time patience_ends_ = absl::InfiniteFuture();

  absl::Mutex mutex_;
  bool reading_ ABSL_GUARDED_BY(mutex_) = true;
  bool read_ ABSL_GUARDED_BY(mutex_) = false;  // incoming_ holds a page.
  bool working_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;  // The client has sent all.
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> failure_ ABSL_GUARDED_BY(mutex_);  // No more pages are taken.
  std::deque<Slot> slots_ ABSL_GUARDED_BY(mutex_);  // In the order of the pages; addresses hold.
};

}  // namespace sluice::fetch
