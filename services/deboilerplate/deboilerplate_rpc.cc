#include "services/deboilerplate/deboilerplate_rpc.h"

#include "pipeline/base/strings.h"
#include "services/deboilerplate/document.h"

namespace sluice::deboilerplate {

grpc::ServerUnaryReactor* DeboilerplateRpc::Extract(grpc::CallbackServerContext* context,
                                                    const service::v1::ExtractRequest* request,
                                                    service::v1::ExtractResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const bool plain = request->has_text();
  const std::string& content = plain ? request->text() : request->html();
  if (content.empty() || content.size() > kContentBytesMax) {
    reactor->Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                                 fmt::format("html or text has {} bytes; set one to 1 to {} bytes",
                                             content.size(), kContentBytesMax)));
    return reactor;
  }
  const bool accepted = executor_.Submit([this, reactor, request, response, plain, &content] {
    const Extractor::Input input{
        .url = request->url(),
        .charset = plain ? std::string_view("utf-8") : std::string_view(request->charset()),
        .content_type = plain ? "text/plain" : "text/html",
        .feed_title = {}};
    const Article article = extractor_.Extract(content, input);
    data::v1::Document& document = *response->mutable_document();
    document.mutable_envelope()->set_url(request->url());
    WriteArticle(article, request->url(), document);
    reactor->Finish(grpc::Status::OK);
  });
  if (!accepted)
    reactor->Finish(
        grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many pages wait; try again later"));
  return reactor;
}

}  // namespace sluice::deboilerplate
