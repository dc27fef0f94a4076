#include "services/sluice/call_token.h"

#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/security/tokens.h"

namespace sluice::cli {
namespace {

using grpc::experimental::ClientRpcInfo;
using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;

class TokenInterceptor final : public Interceptor {
 public:
  explicit TokenInterceptor(std::string token) : token_(std::move(token)) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      methods->GetSendInitialMetadata()->emplace("authorization", "Bearer " + token_);
    }
    methods->Proceed();
  }

 private:
  const std::string token_;
};

class TokenFactory final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  TokenFactory(std::string file, std::string token)
      : file_(std::move(file)), token_(std::move(token)) {}

  // gRPC deletes it. Without a token the server says what it wants.
  Interceptor* CreateClientInterceptor(ClientRpcInfo* /*info*/) override {
    const std::string token = file_.empty() ? token_ : ReadCallToken(file_).value_or(std::string());
    return token.empty() ? nullptr : new TokenInterceptor(token);
  }

 private:
  const std::string file_;
  const std::string token_;
};

}  // namespace

absl::StatusOr<std::string> ReadCallToken(const std::string& file) {
  absl::StatusOr<std::vector<security::TokenLine>> lines = security::ReadTokenLines(file);
  if (!lines.ok()) return lines.status();
  if (!lines->empty()) return std::move(lines->front().token);
  return absl::InvalidArgumentError(fmt::format("{} has no token", file));
}

std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> SendToken(
    std::string file, std::string token) {
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> factories;
  if (!file.empty() || !token.empty()) {
    factories.push_back(std::make_unique<TokenFactory>(std::move(file), std::move(token)));
  }
  return factories;
}

}  // namespace sluice::cli
