#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/base/clock.h"
#include "pipeline/log/log.h"
#include "pipeline/rpc/executor.h"
#include "services/fetch/address_policy.h"
#include "services/fetch/submission.h"
#include "services/fetch/submit_pages_stream.h"
#include "sluice/data/v1/source_health.pb.h"
#include "sluice/service/v1/fetch.grpc.pb.h"

namespace sluice::fetch {

// SubmitPages has its messages as bytes: see SubmitPagesStream.
using FetchServiceBase = service::v1::FetchService::WithCallbackMethod_SubmitUrl<
    service::v1::FetchService::WithRawCallbackMethod_SubmitPages<
        service::v1::FetchService::WithCallbackMethod_Withdraw<
            service::v1::FetchService::WithCallbackMethod_ListSources<
                service::v1::FetchService::Service>>>>;

// FetchService over the log: what is submitted is appended to crawl-targets and raw-pages, and
// answered when it is kept. Any thread. Outlives the server that hosts it.
class FetchRpc final : public FetchServiceBase {
 public:
  struct Options {
    int urls_max = 1000;             // Of one SubmitUrl or Withdraw.
    size_t reason_bytes_max = 1000;  // Of a withdrawal.
    SubmitPagesStream::Options stream = {};
  };
  struct Dependencies {
    log::Appender& appender;
    const base::Clock& clock;
    const AddressPolicy& addresses;
    rpc::Executor& executor;
    std::function<absl::Status()> admit;  // Whether input may come in now. Any thread, quick.
    std::function<absl::StatusOr<std::vector<data::v1::SourceHealth>>()>
        sources;  // May read a disk.
  };

  // The dependencies outlive it.
  FetchRpc(const Options& options, const Dependencies& dependencies)
      : options_(options), dependencies_(dependencies) {}

  // INVALID_ARGUMENT: no URLs, or too many. RESOURCE_EXHAUSTED: the backlog is too large. Others:
  // the log's own, of what was not kept.
  grpc::ServerUnaryReactor* SubmitUrl(grpc::CallbackServerContext* context,
                                      const service::v1::SubmitUrlRequest* request,
                                      service::v1::SubmitUrlResponse* response) override;
  // See SubmitPagesStream.
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* SubmitPages(
      grpc::CallbackServerContext* context) override;
  // INVALID_ARGUMENT: no URLs, too many, or too long a reason. Others: the log's own; what was kept
  // stays so, and all may be sent again. It does not ask `admit`: it is small, and urgent.
  grpc::ServerUnaryReactor* Withdraw(grpc::CallbackServerContext* context,
                                     const service::v1::WithdrawRequest* request,
                                     service::v1::WithdrawResponse* response) override;
  grpc::ServerUnaryReactor* ListSources(grpc::CallbackServerContext* context,
                                        const service::v1::ListSourcesRequest* request,
                                        service::v1::ListSourcesResponse* response) override;

 private:
  using Answer = absl::AnyInvocable<void(grpc::ServerUnaryReactor&)>;

  // Has the executor answer a call that was found right. Everything `answer` needs outlives it.
  grpc::ServerUnaryReactor* Begin(grpc::CallbackServerContext& context, absl::Status found,
                                  Answer answer);
  absl::Status CheckCount(int urls) const;
  void Append(const service::v1::SubmitUrlRequest& request,
              service::v1::SubmitUrlResponse& response, grpc::ServerUnaryReactor& reactor);
  void AppendWithdrawals(const service::v1::WithdrawRequest& request,
                         service::v1::WithdrawResponse& response,
                         grpc::ServerUnaryReactor& reactor);

  const Options options_;
  const Dependencies dependencies_;
};

}  // namespace sluice::fetch
