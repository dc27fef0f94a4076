#pragma once

#include "services/classify_relevance/classifier.h"
#include "sluice/service/v1/classify_relevance.grpc.pb.h"

namespace sluice::classify_relevance {

// ClassifyRelevanceService over a Classifier. Answers at once, on gRPC's thread: an answer takes
// microseconds. INVALID_ARGUMENT: title and text are empty.
class ClassifyRelevanceRpc final : public service::v1::ClassifyRelevanceService::CallbackService {
 public:
  // `classifier` outlives the service.
  explicit ClassifyRelevanceRpc(const Classifier& classifier) : classifier_(classifier) {}

  grpc::ServerUnaryReactor* Classify(grpc::CallbackServerContext* context,
                                     const service::v1::ClassifyRequest* request,
                                     service::v1::ClassifyResponse* response) override;

 private:
  const Classifier& classifier_;  // Not owned.
};

}  // namespace sluice::classify_relevance
