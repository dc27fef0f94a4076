#include "pipeline/rpc/credentials.h"

#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <optional>
#include <string_view>

#include "pipeline/rpc/status.h"

namespace sluice::rpc {
namespace {

std::string_view View(const grpc::string_ref& text) { return {text.data(), text.size()}; }

// gRPC asks it between a call's headers and its handler.
class TokenProcessor final : public grpc::AuthMetadataProcessor {
 public:
  explicit TokenProcessor(const security::Access& access) : access_(&access) {}

  // It only hashes and compares.
  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* /*context*/,
                       OutputMetadata* consumed, OutputMetadata* /*response*/) override {
    const auto path = metadata.find(":path");
    const auto [begin, end] = metadata.equal_range("authorization");
    std::optional<std::string_view> authorization;
    // Of several, which should count is anybody's guess: none does.
    if (begin != end && std::next(begin) == end) authorization = View(begin->second);
    const std::string_view method = path == metadata.end() ? "" : View(path->second);
    const absl::Status status = access_->CheckMethod(method, authorization);
    // Handlers have no use for tokens.
    for (auto header = begin; status.ok() && header != end; ++header) {
      consumed->emplace(View(header->first), View(header->second));
    }
    return ToGrpc(status);
  }

 private:
  const security::Access* access_;  // Not owned.
};

std::shared_ptr<grpc::ServerCredentials> MakeTls(const security::CertificateFiles& files) {
  grpc::experimental::TlsServerCredentialsOptions options(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          files.key, files.certificate, files.authorities,
          static_cast<unsigned>(absl::ToInt64Seconds(files.refresh))));
  options.watch_identity_key_cert_pairs();
  if (!files.authorities.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace

std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(
    const security::CertificateFiles& certificates, const security::Access* access) {
  std::shared_ptr<grpc::ServerCredentials> credentials;
  if (!certificates.certificate.empty()) {
    credentials = MakeTls(certificates);
  } else if (access != nullptr) {
    // The bytes are the same as without; but gRPC asks a processor of it.
    credentials = grpc::experimental::LocalServerCredentials(LOCAL_TCP);
  } else {
    return grpc::InsecureServerCredentials();
  }
  if (access != nullptr) {
    credentials->SetAuthMetadataProcessor(std::make_shared<TokenProcessor>(*access));
  }
  return credentials;
}

}  // namespace sluice::rpc
