#include "services/feed/subscriber.h"

#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/rpc/status.h"

namespace sluice::feed {
namespace {

// A slice that keeps its batch.
grpc::Slice SliceOf(BatchPtr batch) {
  auto* keeper = new BatchPtr(std::move(batch));
  // gRPC's slices are not const-correct; nothing writes to them.
  return grpc::Slice(
      const_cast<char*>((*keeper)->bytes.data()), (*keeper)->bytes.size(),
      [](void* held) { delete static_cast<BatchPtr*>(held); }, keeper);
}

}  // namespace

std::shared_ptr<Subscriber> Subscriber::Start(const Base& base,
                                              grpc::CallbackServerContext* context, Wish wish,
                                              std::function<void(Subscriber*)> gone) {
  std::shared_ptr<Subscriber> subscriber(
      new Subscriber(base, context, std::move(wish), std::move(gone)));
  subscriber->self_ = subscriber;
  base.observer.SubscriberCame();
  // Where it begins: who is cut off before the first item comes back to the same place.
  context->AddInitialMetadata(kCursorMetadata, subscriber->position_.cursor.Encode());
  // Before any write: the client learns that it is subscribed, and gRPC 1.51 would otherwise hold a
  // hinted first write back.
  subscriber->StartSendInitialMetadata();
  return subscriber;
}

Subscriber::Subscriber(const Base& base, grpc::CallbackServerContext* context, Wish wish,
                       std::function<void(Subscriber*)> gone)
    : base_(base),
      filter_(std::move(wish.filter)),
      bytes_max_(wish.bytes_max),
      head_(wish.head),
      started_(base.clock.Now()),
      gone_(std::move(gone)),
      position_(wish.from),
      sent_(wish.from.cursor),
      last_write_(started_),
      context_(context) {}

void Subscriber::Step(bool disk_allowed) {
  while (!EndIfAsked() && !EndAtHead()) {
    auto turn = base_.store.Read(position_, filter_, bytes_max_, disk_allowed);
    if (!turn.ok()) {
      EndNow(turn.status());
      return;
    }
    position_ = turn->position;
    switch (turn->kind) {
      case Turn::Kind::kBatch:
        WriteBatch(std::move(turn->batch));
        return;
      case Turn::Kind::kScanned:  // Others on this thread have their turn first.
      case Turn::Kind::kDisk:
        if (!WriteProgressIfDue()) StepOnExecutor();
        return;
      case Turn::Kind::kAtHead:
        if (EndAtHead() || WriteProgressIfDue() || WaitForMore()) return;
    }
  }
}

bool Subscriber::EndIfAsked() {
  std::optional<absl::Status> ending;
  {
    absl::MutexLock lock(&mutex_);
    ending = ending_;
    woken_ = false;
  }
  if (ending) EndNow(*ending);
  return ending.has_value();
}

bool Subscriber::EndAtHead() {
  if (!head_ || position_.next < *head_) return false;
  EndNow(absl::OkStatus());
  return true;
}

bool Subscriber::WriteProgressIfDue() {
  {
    absl::MutexLock lock(&mutex_);
    if (position_.cursor == sent_ ||
        base_.clock.Now() - last_write_ < base_.options.progress_interval) {
      return false;
    }
  }
  Write(grpc::Slice(EncodeCursorField(position_.cursor.Encode())), 0, position_.cursor);
  return true;
}

bool Subscriber::WaitForMore() {
  if (!base_.store.Wait(position_.next, shared_from_this())) return false;
  absl::MutexLock lock(&mutex_);
  if (woken_ || ending_) return false;
  state_ = State::kWaiting;
  return true;
}

void Subscriber::WriteBatch(BatchPtr batch) {
  const size_t items = batch->items;
  const Cursor cursor = batch->end.cursor;
  Write(SliceOf(std::move(batch)), items, cursor);
}

void Subscriber::Write(const grpc::Slice& slice, size_t items, const Cursor& cursor) {
  buffer_ = grpc::ByteBuffer(&slice, 1);
  {
    absl::MutexLock lock(&mutex_);
    state_ = State::kWriting;
    sent_ = cursor;
    last_write_ = base_.clock.Now();
    write_items_ = items;
    write_bytes_ = slice.size();
  }
  StartWrite(&buffer_);
}

void Subscriber::StepOnExecutor() {
  if (base_.disk.Submit([self = shared_from_this()] { self->Step(true); })) return;
  EndNow(absl::ResourceExhaustedError("too many subscribers read from disk at once; wait a while"));
}

bool Subscriber::Claim() {
  absl::MutexLock lock(&mutex_);
  woken_ = true;
  if (state_ != State::kWaiting) return false;
  state_ = State::kReading;
  return true;
}

void Subscriber::Wake() {
  if (Claim()) Step(false);
}

void Subscriber::End(absl::Status status) {
  {
    absl::MutexLock lock(&mutex_);
    if (!ending_) ending_ = std::move(status);
  }
  Wake();
}

void Subscriber::OnCancel() { End(absl::CancelledError("the client went away")); }

void Subscriber::OnWriteDone(bool ok) {
  size_t items = 0;
  size_t bytes = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (state_ == State::kEnded) return;
    if (!ok && !ending_) ending_ = absl::CancelledError("the client went away");
    state_ = State::kReading;
    items = write_items_;
    bytes = write_bytes_;
  }
  if (ok) base_.observer.Sent(items, bytes);
  Step(false);
}

void Subscriber::Tick(absl::Time now) {
  bool slow = false;
  bool hopeless = false;
  bool progress = false;
  {
    absl::MutexLock lock(&mutex_);
    const absl::Duration since_write = now - last_write_;
    slow = state_ == State::kWriting && since_write >= base_.options.write_time_max;
    hopeless = state_ == State::kEnded && since_write >= 2 * base_.options.write_time_max;
    progress = state_ == State::kWaiting && position_.cursor != sent_ &&
               since_write >= base_.options.progress_interval;
  }
  if (slow) {
    CutOff();
  } else if (hopeless) {
    absl::MutexLock lock(&context_mutex_);
    if (context_ != nullptr) context_->TryCancel();
  } else if (now - started_ >= base_.options.age_max) {
    End(absl::UnavailableError("the stream has reached its age"));
  } else if (progress) {
    Wake();
  }
}

void Subscriber::CutOff() {
  Cursor cursor;
  {
    absl::MutexLock lock(&mutex_);
    if (state_ != State::kWriting) return;  // It has come round.
    state_ = State::kEnded;
    cursor = sent_;
  }
  base_.observer.CutOff();
  FinishWith(absl::ResourceExhaustedError(
                 fmt::format("the client took more than {} to read one message; read faster, or "
                             "ask for less by a filter",
                             base_.options.write_time_max)),
             cursor);
}

void Subscriber::EndNow(const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    state_ = State::kEnded;
  }
  FinishWith(status, position_.cursor);
}

void Subscriber::FinishWith(const absl::Status& status, const Cursor& cursor) {
  const std::string text = cursor.Encode();
  context_->AddTrailingMetadata(kCursorMetadata, text);
  Finish(rpc::ToGrpc(
      absl::Status(status.code(), base::ToAbsl(fmt::format("{}; come back with the cursor {}",
                                                           base::ToStd(status.message()), text)))));
}

void Subscriber::OnDone() {
  base_.observer.SubscriberWent();
  {
    absl::MutexLock lock(&context_mutex_);
    context_ = nullptr;
  }
  base_.store.Forget(this);
  gone_(this);
  self_.reset();
}

}  // namespace sluice::feed
