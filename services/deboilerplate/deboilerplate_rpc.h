#pragma once

#include "pipeline/rpc/executor.h"
#include "services/deboilerplate/extractor.h"
#include "sluice/service/v1/deboilerplate.grpc.pb.h"

namespace sluice::deboilerplate {

// DeboilerplateService over an Extractor. Any thread. INVALID_ARGUMENT: no content, or more than
// kContentBytesMax. RESOURCE_EXHAUSTED: too many calls wait.
class DeboilerplateRpc final : public service::v1::DeboilerplateService::CallbackService {
 public:
  static constexpr size_t kContentBytesMax = 8 << 20;

  // Both outlive the service. Pages are worked on by `executor`: a large one would hold up gRPC's
  // own threads.
  DeboilerplateRpc(const Extractor& extractor, rpc::Executor& executor)
      : extractor_(extractor), executor_(executor) {}

  grpc::ServerUnaryReactor* Extract(grpc::CallbackServerContext* context,
                                    const service::v1::ExtractRequest* request,
                                    service::v1::ExtractResponse* response) override;

 private:
  const Extractor& extractor_;  // Not owned.
  rpc::Executor& executor_;     // Not owned.
};

}  // namespace sluice::deboilerplate
