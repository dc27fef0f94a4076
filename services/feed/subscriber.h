#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "pipeline/base/clock.h"
#include "pipeline/rpc/executor.h"
#include "services/feed/feed_observer.h"
#include "services/feed/feed_store.h"
#include "services/feed/filter.h"

namespace sluice::feed {

// Metadata of a Subscribe: initial, the cursor at which it begins; trailing, the one to come back
// with.
inline constexpr char kCursorMetadata[] = "sluice-cursor";

// One open Subscribe: a position, a filter and at most one write in flight. Writes are of batches
// encoded already, which other subscribers may share. Nothing here waits: what has to be read from
// disk is read on the executor.
//
// gRPC calls it from its threads, the store wakes it, the service ticks it; any of them at once.
class Subscriber final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                         public Waiter,
                         public std::enable_shared_from_this<Subscriber> {
 public:
  struct Options {
    absl::Duration progress_interval = absl::Seconds(15);  // Between signs of progress.
    absl::Duration write_time_max = absl::Seconds(60);     // A client that takes longer is cut off.
    absl::Duration age_max = absl::Minutes(14);  // Then the stream ends, to be balanced anew.
  };
  // What all of a service's subscribers stand on; outlives them.
  struct Base {
    Options options;
    FeedStore& store;
    rpc::Executor& disk;
    const base::Clock& clock;
    FeedObserver& observer;
  };
  struct Wish {
    Position from;
    Filter filter;
    size_t bytes_max = 0;          // Of a batch.
    std::optional<uint64_t> head;  // Ends well once all before this offset has been sent.
  };

  // Keeps itself until the stream has ended; `gone` is called last. Nothing is sent before Begin.
  static std::shared_ptr<Subscriber> Start(const Base& base, grpc::CallbackServerContext* context,
                                           Wish wish, std::function<void(Subscriber*)> gone);

  void Begin() { Step(false); }
  // Ends the stream with this status and the cursor, behind the write in flight.
  void End(absl::Status status);
  // Looks at the time: progress, slowness, age.
  void Tick(absl::Time now);

  void Wake() override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  // Exactly one thread or event owns what comes next.
  enum class State {
    kReading,  // A thread is in Step, or Step is queued on the executor.
    kWriting,  // OnWriteDone goes on.
    kWaiting,  // Wake, Tick, End or OnCancel goes on.
    kEnded,    // Finish was called.
  };

  Subscriber(const Base& base, grpc::CallbackServerContext* context, Wish wish,
             std::function<void(Subscriber*)> gone);

  void Step(bool disk_allowed);
  // Each returns true when it has handed over what comes next.
  bool EndIfAsked();
  bool EndAtHead();
  bool WriteProgressIfDue();
  bool WaitForMore();
  void WriteBatch(BatchPtr batch);
  void StepOnExecutor();
  // From kWaiting to kReading; false: something else owns what comes next, and will look.
  bool Claim();
  void Write(const grpc::Slice& slice, size_t items, const Cursor& cursor);
  void CutOff();
  // By the owner of what comes next.
  void EndNow(const absl::Status& status);
  // Once kEnded.
  void FinishWith(const absl::Status& status, const Cursor& cursor);

  const Base base_;
  const Filter filter_;
  const size_t bytes_max_;
  const std::optional<uint64_t> head_;
  const absl::Time started_;
  std::function<void(Subscriber*)> gone_;
  std::shared_ptr<Subscriber> self_;  // Until OnDone: gRPC keeps a bare pointer.

  // Of whoever owns what comes next.
  Position position_;
  grpc::ByteBuffer buffer_;  // Being written.

  absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kReading;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;  // Since the last look at the store.
  std::optional<absl::Status> ending_ ABSL_GUARDED_BY(mutex_);
  Cursor sent_ ABSL_GUARDED_BY(mutex_);            // What the client has, or is being sent.
  absl::Time last_write_ ABSL_GUARDED_BY(mutex_);  // Begun.
  size_t write_items_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t write_bytes_ ABSL_GUARDED_BY(mutex_) = 0;

  absl::Mutex context_mutex_;             // Of TryCancel against OnDone.
  grpc::CallbackServerContext* context_;  // Not owned; nullptr from OnDone on.
};

}  // namespace sluice::feed
