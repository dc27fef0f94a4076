#include "pipeline/rpc/calls_under_way.h"

#include <string_view>

namespace sluice::rpc {
namespace {

using grpc::experimental::Interceptor;

// Lives as long as its call.
class Counted final : public Interceptor {
 public:
  explicit Counted(std::atomic<int64_t>& count) : count_(&count) { ++*count_; }
  ~Counted() override { --*count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    methods->Proceed();
  }

 private:
  std::atomic<int64_t>* const count_;  // Not owned.
};

class Counter final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Counter(std::atomic<int64_t>& count) : count_(&count) {}

  Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* call) override {
    if (std::string_view(call->method()).starts_with("/grpc.")) return nullptr;
    return new Counted(*count_);  // gRPC deletes it.
  }

 private:
  std::atomic<int64_t>* const count_;  // Not owned.
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
CallsUnderWay::MakeCounter() {
  return std::make_unique<Counter>(count_);
}

}  // namespace sluice::rpc
