#include "services/classify_relevance/classify_relevance_rpc.h"

#include <utility>

namespace sluice::classify_relevance {

grpc::ServerUnaryReactor* ClassifyRelevanceRpc::Classify(
    grpc::CallbackServerContext* context, const service::v1::ClassifyRequest* request,
    service::v1::ClassifyResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (request->title().empty() && request->text().empty()) {
    reactor->Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                                 "title and text are both empty; set at least one"));
    return reactor;
  }
  for (data::v1::TopicMatch& match :
       classifier_.Classify(request->title(), request->text(), request->language())) {
    *response->add_matches() = std::move(match);
  }
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace sluice::classify_relevance
