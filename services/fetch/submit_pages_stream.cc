#include "services/fetch/submit_pages_stream.h"

#include <chrono>
#include <utility>

#include "absl/time/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "pipeline/rpc/status.h"
#include "services/fetch/submission.h"

namespace sluice::fetch {
namespace {

// The page's own fault: the next may do better.
bool IsRefusal(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsOutOfRange(status);
}

grpc::ByteBuffer ToBytes(const service::v1::SubmitPagesResponse& response) {
  grpc::ByteBuffer bytes;
  bool is_own = false;
  grpc::SerializationTraits<service::v1::SubmitPagesResponse>::Serialize(response, &bytes, &is_own);
  return bytes;
}

}  // namespace

SubmitPagesStream* SubmitPagesStream::Start(const Options& options, const Base& base) {
  const std::shared_ptr<SubmitPagesStream> stream(new SubmitPagesStream(options, base));
  stream->self_ = stream;
  stream->StartRead(&stream->incoming_);
  return stream.get();
}

void SubmitPagesStream::OnReadDone(bool ok) {
  {
    const absl::MutexLock lock(&mutex_);
    reading_ = false;
    if (ok) {
      read_ = true;
    } else {
      ended_ = true;
    }
  }
  Advance();
}

void SubmitPagesStream::OnWriteDone(bool ok) {
  {
    const absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok) Fail(absl::CancelledError("the client has gone"));
  }
  Advance();
}

void SubmitPagesStream::OnCancel() {
  {
    const absl::MutexLock lock(&mutex_);
    Fail(absl::CancelledError("the client has gone"));
  }
  Advance();
}

void SubmitPagesStream::OnDone() { self_.reset(); }

void SubmitPagesStream::Fail(absl::Status status) {
  if (!failure_.has_value()) failure_ = std::move(status);
}

void SubmitPagesStream::Advance() {
  // Finish may lead to OnDone on another thread at once.
  const std::shared_ptr<SubmitPagesStream> self = shared_from_this();
  bool read = false;
  bool work = false;
  bool write = false;
  std::optional<grpc::Status> finish;
  {
    const absl::MutexLock lock(&mutex_);
    if (finished_) return;
    if (!slots_.empty() && slots_.front().settled && !slots_.front().failure.ok())
      Fail(slots_.front().failure);
    const bool gone = failure_.has_value() && absl::IsCancelled(*failure_);
    const bool front_settled =
        !slots_.empty() && slots_.front().settled && slots_.front().failure.ok();
    if (!writing_ && front_settled && !gone) {
      writing_ = write = true;
      outgoing_ = ToBytes(slots_.front().response);
      slots_.pop_front();
    }
    if (read_ && !working_ && !failure_.has_value() && slots_.size() < options_.pages_max) {
      incoming_.Swap(&current_);
      read_ = false;
      working_ = work = true;
      reading_ = read = true;
    }
    const bool all_answered = slots_.empty() && !read_;
    const bool failed =
        failure_.has_value() && (gone || slots_.empty() || !slots_.front().failure.ok());
    if (!writing_ && !working_ && (failed || (ended_ && all_answered))) {
      finished_ = true;
      finish = rpc::ToGrpc(failure_.value_or(absl::OkStatus()));
    }
  }
  if (read) StartRead(&incoming_);
  if (write) StartWrite(&outgoing_);
  if (work && !base_.executor.Submit([self] { self->Work(); })) {
    Refuse(absl::ResourceExhaustedError("too many calls wait; try again later"));
  }
  if (finish.has_value()) Finish(*finish);
}

// Ends the stream with the page in hand unanswered.
void SubmitPagesStream::Refuse(const absl::Status& status) {
  {
    const absl::MutexLock lock(&mutex_);
    working_ = false;
    Fail(status);
  }
  Advance();
}

void SubmitPagesStream::WaitForRoom(const absl::Status& status) {
  const absl::Time now = absl::Now();
  if (patience_ends_ == absl::InfiniteFuture()) patience_ends_ = now + options_.admission_patience;
  bool ended = false;
  {
    const absl::MutexLock lock(&mutex_);
    ended = failure_.has_value();
  }
  if (ended || now >= patience_ends_) {
    Refuse(status);
    return;
  }
  // A new one each time: the last one's callback may not have returned yet. It gives its share of
  // the stream away, for the alarm is the stream's.
  alarm_ = std::make_unique<grpc::Alarm>();
  alarm_->Set(absl::ToChronoTime(now + options_.admission_interval), [waiting = shared_from_this()](
                                                                         bool) mutable {
    const std::shared_ptr<SubmitPagesStream> self = std::move(waiting);
    if (!self->base_.executor.Submit([self] { self->Work(); })) {
      self->Refuse(absl::ResourceExhaustedError("too many calls wait; try again later"));
    }
  });
}

void SubmitPagesStream::Work() {
  if (const absl::Status admitted = base_.admit(); !admitted.ok()) {
    WaitForRoom(admitted);
    return;
  }
  patience_ends_ = absl::InfiniteFuture();
  Slot* slot = nullptr;
  {
    const absl::MutexLock lock(&mutex_);
    slot = &slots_.emplace_back();
  }
  Append(*slot);
  {
    const absl::MutexLock lock(&mutex_);
    working_ = false;
  }
  Advance();
}

void SubmitPagesStream::Append(Slot& slot) {
  service::v1::SubmitPagesRequest page;
  if (!grpc::SerializationTraits<service::v1::SubmitPagesRequest>::Deserialize(&current_, &page)
           .ok()) {
    Settle(slot, absl::InvalidArgumentError(
                     "the page cannot be parsed: is it a SubmitPagesRequest, and every string "
                     "UTF-8?"));
    return;
  }
  service::v1::SubmitResult& result = *slot.response.mutable_result();
  result.set_url(page.url());
  auto submitted = MakePage(page, options_.limits, base_.clock.Now());
  if (!submitted.ok()) {
    Settle(slot, submitted.status());
    return;
  }
  result.set_url(submitted->page.envelope().url());
  result.set_id(submitted->page.envelope().id());
  base_.appender.Append(log::kRawPages, submitted->key, submitted->page.SerializeAsString(),
                        [self = shared_from_this(), &slot](const absl::Status& status) {
                          self->Settle(slot, status);
                        });
}

void SubmitPagesStream::Settle(Slot& slot, const absl::Status& status) {
  {
    const absl::MutexLock lock(&mutex_);
    slot.settled = true;
    if (IsRefusal(status)) {
      slot.response.mutable_result()->clear_id();
      slot.response.mutable_result()->set_error(std::string(base::ToStd(status.message())));
    } else {
      slot.failure = status;
    }
  }
  Advance();
}

}  // namespace sluice::fetch
