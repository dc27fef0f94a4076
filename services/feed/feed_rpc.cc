#include "services/feed/feed_rpc.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/rpc/answer.h"
#include "pipeline/rpc/status.h"

namespace sluice::feed {
namespace {

// Only says why there is nothing to subscribe to.
class Refusal final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  explicit Refusal(const absl::Status& status) { Finish(rpc::ToGrpc(status)); }
  void OnDone() override { delete this; }
};

absl::Status Draining() {
  return absl::UnavailableError("this server is going down; come back with the cursor");
}

absl::StatusOr<service::v1::SubscribeRequest> Parse(const grpc::ByteBuffer& bytes) {
  service::v1::SubscribeRequest request;
  // The buffer is only read; the traits want it mutable.
  grpc::ByteBuffer copy(bytes);
  if (!grpc::SerializationTraits<service::v1::SubscribeRequest>::Deserialize(&copy, &request)
           .ok()) {
    return absl::InvalidArgumentError("the request is no SubscribeRequest");
  }
  return request;
}

void Fill(const EncodedItem& item, service::v1::CursorItem& to) {
  to.set_cursor(item.cursor);
  const std::string_view bytes = item.item_bytes();
  to.mutable_item()->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

FeedRpc::FeedRpc(const Options& options, FeedStore& store, rpc::Executor& disk,
                 const base::Clock& clock, FeedObserver& observer)
    : options_(options),
      base_{options.subscriber, store, disk, clock, observer},
      ticker_(clock, options.tick_interval, [this] {
        const absl::Time now = base_.clock.Now();
        for (const auto& subscriber : Subscribers()) subscriber->Tick(now);
      }) {}

FeedRpc::~FeedRpc() = default;

std::vector<std::shared_ptr<Subscriber>> FeedRpc::Subscribers() {
  absl::MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<Subscriber>> all;
  all.reserve(subscribers_.size());
  for (const auto& [key, subscriber] : subscribers_) all.push_back(subscriber);
  return all;
}

void FeedRpc::Drain() {
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
  }
  for (const auto& subscriber : Subscribers()) {
    subscriber->End(absl::UnavailableError("this server is going down"));
  }
}

absl::StatusOr<Subscriber::Wish> FeedRpc::WishOf(const grpc::ByteBuffer& bytes) const {
  auto request = Parse(bytes);
  if (!request.ok()) return request.status();
  auto filter = Filter::Compile(request->filter());
  if (!filter.ok()) return filter.status();
  using Start = service::v1::SubscribeRequest::StartCase;
  absl::StatusOr<Position> from;
  switch (request->start_case()) {
    case Start::kCursor:
      from = base_.store.Resume(request->cursor());
      break;
    case Start::kTime:
      from = base_.store.From(base::FromProto(request->time()));
      break;
    case Start::kBeginning:
      from = request->beginning() ? base_.store.Beginning() : base_.store.Now();
      break;
    case Start::START_NOT_SET:
      from = base_.store.Now();
      break;
  }
  if (!from.ok()) return from.status();
  std::optional<uint64_t> head;
  if (request->end_at_head()) {
    const auto now = base_.store.Now();
    if (!now.ok()) return now.status();
    head = now->next;
  }
  const uint32_t wished = request->batch_bytes_max();
  return Subscriber::Wish{
      *from, *std::move(filter),
      wished == 0 ? options_.batch_bytes : std::min(wished, options_.batch_bytes_max), head};
}

absl::StatusOr<std::shared_ptr<Subscriber>> FeedRpc::Admit(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer& request) {
  auto wish = WishOf(request);
  if (!wish.ok()) return wish.status();
  absl::MutexLock lock(&mutex_);
  if (draining_) return Draining();
  if (subscribers_.size() >= options_.subscribers_max) {
    return absl::ResourceExhaustedError(
        fmt::format("{} subscribers are connected, the most that this server takes "
                    "(feed.subscribers_max); try another replica, or later",
                    subscribers_.size()));
  }
  auto subscriber = Subscriber::Start(base_, context, *std::move(wish), [this](Subscriber* gone) {
    absl::MutexLock gone_lock(&mutex_);
    subscribers_.erase(gone);
  });
  subscribers_.emplace(subscriber.get(), subscriber);
  return subscriber;
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* FeedRpc::Subscribe(grpc::CallbackServerContext* context,
                                                               const grpc::ByteBuffer* request) {
  auto subscriber = Admit(context, *request);
  if (!subscriber.ok()) return new Refusal(subscriber.status());  // Deletes itself.
  (*subscriber)->Begin();
  return subscriber->get();
}

absl::Status FeedRpc::FillPage(const service::v1::ListRequest& request,
                               service::v1::ListResponse& response) {
  auto filter = Filter::Compile(request.filter());
  if (!filter.ok()) return filter.status();
  const uint32_t items = request.page_size() == 0
                             ? options_.page_items
                             : std::min(request.page_size(), options_.page_items_max);
  auto page = base_.store.List(*filter, items, options_.page_bytes_max, request.page_token());
  if (!page.ok()) return page.status();
  for (const ItemPtr& item : page->items) Fill(*item, *response.add_items());
  response.set_next_page_token(page->next_token);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* FeedRpc::List(grpc::CallbackServerContext* context,
                                        const service::v1::ListRequest* request,
                                        service::v1::ListResponse* response) {
  return rpc::Answer(*context, base_.disk,
                     [this, request, response] { return FillPage(*request, *response); });
}

grpc::ServerUnaryReactor* FeedRpc::Get(grpc::CallbackServerContext* context,
                                       const service::v1::GetRequest* request,
                                       service::v1::GetResponse* response) {
  return rpc::Answer(*context, base_.disk, [this, request, response] {
    auto item = base_.store.Get(request->id());
    if (!item.ok()) return item.status();
    Fill(**item, *response->mutable_item());
    return absl::OkStatus();
  });
}

}  // namespace sluice::feed
