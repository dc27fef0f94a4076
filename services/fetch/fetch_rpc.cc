#include "services/fetch/fetch_rpc.h"

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "pipeline/rpc/answer.h"
#include "pipeline/rpc/status.h"

namespace sluice::fetch {
namespace {

// Ends a call when all of its records are kept, or are known not to be. Shared by their callbacks.
// Any thread.
class Countdown {
 public:
  Countdown(grpc::ServerUnaryReactor& reactor, size_t count) : reactor_(&reactor), left_(count) {}

  void Done(const absl::Status& status) {
    absl::Status result;
    {
      const absl::MutexLock lock(&mutex_);
      status_.Update(status);
      if (--left_ > 0) return;
      result = status_;
    }
    reactor_->Finish(rpc::ToGrpc(result));
  }

 private:
  grpc::ServerUnaryReactor* reactor_;  // gRPC's, until Finish.
  absl::Mutex mutex_;
  size_t left_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::Status FetchRpc::CheckCount(int urls) const {
  if (urls > 0 && urls <= options_.urls_max) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("urls has {} entries; send 1 to {}", urls, options_.urls_max));
}

grpc::ServerUnaryReactor* FetchRpc::Begin(grpc::CallbackServerContext& context, absl::Status found,
                                          Answer answer) {
  grpc::ServerUnaryReactor* reactor = context.DefaultReactor();
  if (found.ok() && !dependencies_.executor.Submit(
                        [reactor, answer = std::move(answer)]() mutable { answer(*reactor); })) {
    found = absl::ResourceExhaustedError("too many calls wait; try again later");
  }
  if (!found.ok()) reactor->Finish(rpc::ToGrpc(found));
  return reactor;
}

grpc::ServerUnaryReactor* FetchRpc::SubmitUrl(grpc::CallbackServerContext* context,
                                              const service::v1::SubmitUrlRequest* request,
                                              service::v1::SubmitUrlResponse* response) {
  absl::Status found = CheckCount(request->urls_size());
  if (found.ok()) found = dependencies_.admit();
  return Begin(*context, std::move(found),
               [this, request, response](grpc::ServerUnaryReactor& reactor) {
                 Append(*request, *response, reactor);
               });
}

void FetchRpc::Append(const service::v1::SubmitUrlRequest& request,
                      service::v1::SubmitUrlResponse& response, grpc::ServerUnaryReactor& reactor) {
  std::vector<SubmittedUrl> submitted;
  for (const std::string& url : request.urls()) {
    service::v1::SubmitResult& result = *response.add_results();
    auto target = MakeTarget(url, dependencies_.addresses, dependencies_.clock.Now());
    if (!target.ok()) {
      result.set_url(url);
      result.set_error(std::string(base::ToStd(target.status().message())));
      continue;
    }
    result.set_url(target->target.envelope().url());
    result.set_id(target->target.envelope().id());
    submitted.push_back(*std::move(target));
  }
  // One more for ourselves: the response is whole before the call can end.
  const auto countdown = std::make_shared<Countdown>(reactor, submitted.size() + 1);
  for (SubmittedUrl& url : submitted) {
    dependencies_.appender.Append(
        log::kCrawlTargets, url.key, url.target.SerializeAsString(),
        [countdown](const absl::Status& status) { countdown->Done(status); });
  }
  countdown->Done(absl::OkStatus());
}

grpc::ServerUnaryReactor* FetchRpc::Withdraw(grpc::CallbackServerContext* context,
                                             const service::v1::WithdrawRequest* request,
                                             service::v1::WithdrawResponse* response) {
  absl::Status found = CheckCount(request->urls_size());
  if (found.ok() && request->reason().size() > options_.reason_bytes_max) {
    found = absl::InvalidArgumentError(
        fmt::format("reason has {} bytes; subscribers are told at most {}",
                    request->reason().size(), options_.reason_bytes_max));
  }
  return Begin(*context, std::move(found),
               [this, request, response](grpc::ServerUnaryReactor& reactor) {
                 AppendWithdrawals(*request, *response, reactor);
               });
}

void FetchRpc::AppendWithdrawals(const service::v1::WithdrawRequest& request,
                                 service::v1::WithdrawResponse& response,
                                 grpc::ServerUnaryReactor& reactor) {
  std::vector<SubmittedPage> pages;
  std::vector<SubmittedUrl> targets;
  const absl::Time now = dependencies_.clock.Now();
  for (const std::string& url : request.urls()) {
    service::v1::SubmitResult& result = *response.add_results();
    auto page = MakeWithdrawal(url, request, now);
    if (!page.ok()) {
      result.set_url(url);
      result.set_error(std::string(base::ToStd(page.status().message())));
      continue;
    }
    result.set_url(page->page.envelope().url());
    result.set_id(page->page.envelope().id());
    pages.push_back(*std::move(page));
    if (!request.undo()) continue;
    // What may not be asked for comes back when somebody submits it.
    auto target = MakeTarget(url, dependencies_.addresses, now);
    if (!target.ok()) continue;
    target->target.set_anew(true);
    targets.push_back(*std::move(target));
  }
  const auto countdown = std::make_shared<Countdown>(reactor, pages.size() + targets.size() + 1);
  const auto done = [countdown](const absl::Status& status) { countdown->Done(status); };
  // The pages first: what is asked for anew comes after them in the log.
  for (SubmittedPage& page : pages) {
    dependencies_.appender.Append(log::kRawPages, page.key, page.page.SerializeAsString(), done);
  }
  for (SubmittedUrl& url : targets) {
    dependencies_.appender.Append(log::kCrawlTargets, url.key, url.target.SerializeAsString(),
                                  done);
  }
  countdown->Done(absl::OkStatus());
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* FetchRpc::SubmitPages(
    grpc::CallbackServerContext* /*context*/) {
  return SubmitPagesStream::Start(options_.stream, {.appender = dependencies_.appender,
                                                    .clock = dependencies_.clock,
                                                    .executor = dependencies_.executor,
                                                    .admit = dependencies_.admit});
}

grpc::ServerUnaryReactor* FetchRpc::ListSources(grpc::CallbackServerContext* context,
                                                const service::v1::ListSourcesRequest* /*request*/,
                                                service::v1::ListSourcesResponse* response) {
  return rpc::Answer(*context, dependencies_.executor, [this, response]() -> absl::Status {
    auto sources = dependencies_.sources();
    if (!sources.ok()) return sources.status();
    for (data::v1::SourceHealth& source : *sources) *response->add_sources() = std::move(source);
    return absl::OkStatus();
  });
}

}  // namespace sluice::fetch
