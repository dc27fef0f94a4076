#include "pipeline/rpc/unreadable_requests.h"

#include <grpcpp/support/status.h>

namespace sluice::rpc {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::ServerRpcInfo;

class Explaining final : public Interceptor {
 public:
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE)) {
      unreadable_ = methods->GetRecvMessage() == nullptr;
    }
    if (unreadable_ &&
        methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      methods->ModifySendStatus(
          {grpc::StatusCode::INVALID_ARGUMENT,
           "the request cannot be parsed: is it this method's message, and every string UTF-8?"});
    }
    methods->Proceed();
  }

 private:
  bool unreadable_ = false;
};

class Factory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  Interceptor* CreateServerInterceptor(ServerRpcInfo* call) override {
    const bool one_request = call->type() == ServerRpcInfo::Type::UNARY ||
                             call->type() == ServerRpcInfo::Type::SERVER_STREAMING;
    return one_request ? new Explaining : nullptr;  // gRPC deletes it.
  }
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> ExplainUnreadableRequests() {
  return std::make_unique<Factory>();
}

}  // namespace sluice::rpc
