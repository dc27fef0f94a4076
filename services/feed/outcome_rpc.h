#pragma once

#include <grpcpp/grpcpp.h>

#include "pipeline/rpc/executor.h"
#include "services/feed/outcome_store.h"
#include "sluice/service/v1/outcome.grpc.pb.h"

namespace sluice::feed {

// OutcomeService over an OutcomeStore. Any thread. Outlives the server that hosts it.
class OutcomeRpc final : public service::v1::OutcomeService::CallbackService {
 public:
  struct Options {
    uint32_t page_letters = 50;  // Of ListDeadLetters, where the client does not say.
    uint32_t page_letters_max = 1000;
  };

  // All outlive the service.
  OutcomeRpc(const Options& options, const OutcomeStore& store, rpc::Executor& disk)
      : options_(options), store_(&store), disk_(&disk) {}

  grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* context,
                                    const service::v1::ExplainRequest* request,
                                    service::v1::ExplainResponse* response) override;
  grpc::ServerUnaryReactor* ListDeadLetters(
      grpc::CallbackServerContext* context, const service::v1::ListDeadLettersRequest* request,
      service::v1::ListDeadLettersResponse* response) override;

 private:
  const Options options_;
  const OutcomeStore* store_;  // Not owned.
  rpc::Executor* disk_;        // Not owned.
};

}  // namespace sluice::feed
