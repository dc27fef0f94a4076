#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/http/server.h"
#include "pipeline/security/access.h"
#include "pipeline/security/certificate_files.h"
#include "pipeline/security/tokens.h"
#include "sluice/config/v1/config.pb.h"

namespace sluice::cli {

// What the ports of a process ask of those who call: certificates, tokens. Any thread.
class Ports {
 public:
  // Of a configuration as LoadConfig gives it, out of which it takes the tokens, to keep no more
  // than their hashes. Reads the files of certificates and tokens; `observer` outlives the result.
  //   kInvalidArgument: they cannot be used, or tokens would pass in plain text beyond this
  //   machine; kNotFound: no such file. The message names the key and what to change.
  static absl::StatusOr<std::unique_ptr<Ports>> Create(config::v1::Config& config,
                                                       security::AccessObserver& observer);

  std::shared_ptr<grpc::ServerCredentials> GrpcCredentials() const;
  const security::CertificateFiles& grpc_certificates() const { return grpc_certificates_; }
  const security::CertificateFiles& http_certificates() const { return http_certificates_; }

  // The page and the feeds as http.pages has them: as they are, behind a token, or none.
  std::vector<http::Route> Guard(std::vector<http::Route> pages) const;

  // For people at the start: what is open to everybody beyond this machine.
  std::vector<std::string> Warnings() const;

  // Reads the files of tokens again. True: they are others now. An error leaves those before.
  absl::StatusOr<bool> ReloadTokens() { return tokens_->Reload(); }

 private:
  enum class Pages { kOpen, kToken, kNone };

  explicit Ports(const config::v1::Config& config);

  absl::Status ReadTokens(config::v1::Grpc& config, security::AccessObserver& observer);
  absl::Status ReadPages(const std::string& pages);
  absl::Status CheckPlainText() const;
  bool grpc_has_tls() const { return !grpc_certificates_.certificate.empty(); }
  bool http_has_tls() const { return !http_certificates_.certificate.empty(); }

  const std::string grpc_listen_;
  const std::string admin_listen_;
  const std::string http_listen_;
  const security::CertificateFiles grpc_certificates_;
  const security::CertificateFiles http_certificates_;
  std::unique_ptr<security::Tokens> tokens_;
  std::unique_ptr<security::Access> access_;  // nullptr: no tokens, everybody may call.
  Pages pages_ = Pages::kOpen;
};

}  // namespace sluice::cli
