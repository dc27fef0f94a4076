#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "pipeline/base/clock.h"
#include "pipeline/base/periodic.h"
#include "pipeline/rpc/executor.h"
#include "services/feed/feed_observer.h"
#include "services/feed/feed_store.h"
#include "services/feed/subscriber.h"
#include "sluice/service/v1/feed.grpc.pb.h"

namespace sluice::feed {

// FeedService over a FeedStore. Subscribe goes out in bytes that are encoded already, so its
// handler is a raw one. Any thread. Outlives the server that hosts it; Drain before that shuts
// down.
class FeedRpc final : public service::v1::FeedService::WithRawCallbackMethod_Subscribe<
                          service::v1::FeedService::WithCallbackMethod_List<
                              service::v1::FeedService::WithCallbackMethod_Get<
                                  service::v1::FeedService::Service>>> {
 public:
  struct Options {
    Subscriber::Options subscriber = {};
    size_t subscribers_max = 4096;
    uint32_t batch_bytes = 64 << 10;     // Of a message, where the client does not say.
    uint32_t batch_bytes_max = 1 << 20;  // Larger wishes are cut down to it.
    uint32_t page_items = 50;            // Of List, where the client does not say.
    uint32_t page_items_max = 1000;
    size_t page_bytes_max = 3 << 20;  // A client's default limit is 4 MiB.
    absl::Duration tick_interval = absl::Seconds(1);
  };

  // All outlive the service.
  FeedRpc(const Options& options, FeedStore& store, rpc::Executor& disk, const base::Clock& clock,
          FeedObserver& observer);
  ~FeedRpc() override;

  // Ends every stream with UNAVAILABLE and its cursor, and refuses new ones the same way.
  void Drain();

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Subscribe(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request) override;
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const service::v1::ListRequest* request,
                                 service::v1::ListResponse* response) override;
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context,
                                const service::v1::GetRequest* request,
                                service::v1::GetResponse* response) override;

 private:
  absl::StatusOr<Subscriber::Wish> WishOf(const grpc::ByteBuffer& request) const;
  absl::StatusOr<std::shared_ptr<Subscriber>> Admit(grpc::CallbackServerContext* context,
                                                    const grpc::ByteBuffer& request);
  absl::Status FillPage(const service::v1::ListRequest& request,
                        service::v1::ListResponse& response);
  std::vector<std::shared_ptr<Subscriber>> Subscribers();

  const Options options_;
  const Subscriber::Base base_;

  absl::Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  // Shared with gRPC, the store and the executor, which may hold one for a moment longer.
  absl::flat_hash_map<Subscriber*, std::shared_ptr<Subscriber>> subscribers_
      ABSL_GUARDED_BY(mutex_);
  const base::Periodic ticker_;
};

}  // namespace sluice::feed
