#include "services/feed/outcome_rpc.h"

#include <algorithm>
#include <utility>

#include "pipeline/rpc/answer.h"

namespace sluice::feed {
namespace {

absl::StatusOr<data::v1::Outcome> Explain(const OutcomeStore& store,
                                          const service::v1::ExplainRequest& request) {
  switch (request.what_case()) {
    case service::v1::ExplainRequest::kUrl:
      return store.ExplainUrl(request.url());
    case service::v1::ExplainRequest::kId:
      return store.ExplainId(request.id());
    case service::v1::ExplainRequest::WHAT_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("neither url nor id is set; set one of them");
}

}  // namespace

grpc::ServerUnaryReactor* OutcomeRpc::Explain(grpc::CallbackServerContext* context,
                                              const service::v1::ExplainRequest* request,
                                              service::v1::ExplainResponse* response) {
  return rpc::Answer(*context, *disk_, [this, request, response] {
    auto outcome = feed::Explain(*store_, *request);
    if (!outcome.ok()) return outcome.status();
    *response->mutable_envelope() = std::move(*outcome->mutable_envelope());
    response->set_final(outcome->final());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OutcomeRpc::ListDeadLetters(
    grpc::CallbackServerContext* context, const service::v1::ListDeadLettersRequest* request,
    service::v1::ListDeadLettersResponse* response) {
  return rpc::Answer(*context, *disk_, [this, request, response] {
    const uint32_t wished =
        request->page_size() == 0 ? options_.page_letters : request->page_size();
    auto page = store_->ListDeadLetters({.stage = request->stage(),
                                         .id = request->id(),
                                         .resolved = request->resolved(),
                                         .letters_max = std::min(wished, options_.page_letters_max),
                                         .token = request->page_token()});
    if (!page.ok()) return page.status();
    for (auto& letter : page->letters) *response->add_dead_letters() = std::move(letter);
    response->set_next_page_token(page->next_token);
    return absl::OkStatus();
  });
}

}  // namespace sluice::feed
