#include "services/sluice/ports.h"

#include <optional>
#include <utility>

#include "pipeline/base/listen_address.h"
#include "pipeline/base/strings.h"
#include "pipeline/rpc/credentials.h"
#include "services/sluice/method_scopes.h"

namespace sluice::cli {
namespace {

using security::Scope;

bool IsLoopback(std::string_view listen) {
  const absl::StatusOr<base::ListenAddress> address = base::ParseListenAddress(listen);
  return address.ok() && address->IsLoopback();
}

// Leaves nothing of the values behind.
security::Tokens::Source MakeSource(Scope scope,
                                    google::protobuf::RepeatedPtrField<std::string>& values,
                                    const std::string& file) {
  return {
      .scope = scope,
      .setting = fmt::format("grpc.tokens.{}", security::ScopeName(scope)),
      .values = {std::make_move_iterator(values.begin()), std::make_move_iterator(values.end())},
      .file = file};
}

absl::Status CheckCertificates(const security::CertificateFiles& files, std::string_view setting) {
  if (files.certificate.empty() || files.key.empty()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: {}.certificate and {}.key are expected, the names of PEM files", setting,
                    setting, setting));
  }
  return security::CheckCertificateFiles(files, setting);
}

http::Response Refuse(const absl::Status& status) {
  http::Response response;
  response.status = absl::IsUnauthenticated(status) ? 401 : 403;
  response.body = fmt::format("{}\n", status.message());
  if (response.status == 401) {
    response.headers.emplace("WWW-Authenticate", "Basic realm=\"sluice\", charset=\"UTF-8\"");
  }
  return response;
}

}  // namespace

Ports::Ports(const config::v1::Config& config)
    : grpc_listen_(config.grpc().listen()),
      admin_listen_(config.grpc().admin_listen()),
      http_listen_(config.http().listen()),
      grpc_certificates_{.certificate = config.grpc().tls().certificate(),
                         .key = config.grpc().tls().key(),
                         .authorities = config.grpc().tls().client_ca()},
      http_certificates_{.certificate = config.http().tls().certificate(),
                         .key = config.http().tls().key(),
                         .authorities = {}} {}

absl::StatusOr<std::unique_ptr<Ports>> Ports::Create(config::v1::Config& config,
                                                     security::AccessObserver& observer) {
  std::unique_ptr<Ports> ports(new Ports(config));
  absl::Status status;
  if (config.grpc().has_tls()) status = CheckCertificates(ports->grpc_certificates_, "grpc.tls");
  if (status.ok() && config.http().has_tls())
    status = CheckCertificates(ports->http_certificates_, "http.tls");
  if (status.ok()) status = ports->ReadTokens(*config.mutable_grpc(), observer);
  if (status.ok()) status = ports->ReadPages(config.http().pages());
  if (status.ok()) status = ports->CheckPlainText();
  if (!status.ok()) return status;
  return ports;
}

absl::Status Ports::ReadTokens(config::v1::Grpc& config, security::AccessObserver& observer) {
  const bool wanted = config.has_tokens();
  absl::StatusOr<std::unique_ptr<security::Tokens>> tokens = security::Tokens::Create(
      {MakeSource(Scope::kRead, *config.mutable_tokens()->mutable_read(),
                  config.tokens().read_file()),
       MakeSource(Scope::kSubmit, *config.mutable_tokens()->mutable_submit(),
                  config.tokens().submit_file()),
       MakeSource(Scope::kAdmin, *config.mutable_tokens()->mutable_admin(),
                  config.tokens().admin_file())});
  config.clear_tokens();
  if (!tokens.ok()) return tokens.status();
  tokens_ = *std::move(tokens);
  if (!wanted) return absl::OkStatus();
  if (tokens_->size() == 0) {
    return absl::InvalidArgumentError(
        "grpc.tokens has no token: give one of read, submit, admin, read_file, submit_file and "
        "admin_file, or leave grpc.tokens out, and everybody may call");
  }
  access_ = std::make_unique<security::Access>(MethodScopes(), *tokens_, observer);
  return absl::OkStatus();
}

absl::Status Ports::ReadPages(const std::string& pages) {
  if (pages == "none") {
    pages_ = Pages::kNone;
  } else if (pages == "token" || (pages.empty() && access_ != nullptr)) {
    pages_ = Pages::kToken;
  } else if (!pages.empty() && pages != "open") {
    return absl::InvalidArgumentError(
        fmt::format("http.pages is \"{}\"; open, token or none is expected", pages));
  }
  if (pages_ == Pages::kToken && access_ == nullptr) {
    return absl::InvalidArgumentError("http.pages is token, but there are no grpc.tokens");
  }
  return absl::OkStatus();
}

// A token that passes in plain text is anybody's.
absl::Status Ports::CheckPlainText() const {
  if (access_ == nullptr) return absl::OkStatus();
  for (const auto& [key, listen] :
       {std::pair("grpc.listen", grpc_listen_), {"grpc.admin_listen", admin_listen_}}) {
    if (!grpc_has_tls() && !IsLoopback(listen)) {
      return absl::InvalidArgumentError(
          fmt::format("grpc.tokens: tokens would pass in plain text at {} {}; set grpc.tls, or a "
                      "loopback address behind a proxy of this machine that has TLS",
                      key, listen));
    }
  }
  if (pages_ == Pages::kToken && !http_has_tls() && !IsLoopback(http_listen_)) {
    return absl::InvalidArgumentError(
        fmt::format("http.pages: with grpc.tokens the page and feeds ask for a token, which would "
                    "pass in plain text at http.listen {}; set http.tls, or http.pages: none, or "
                    "http.pages: open for everybody",
                    http_listen_));
  }
  return absl::OkStatus();
}

std::shared_ptr<grpc::ServerCredentials> Ports::GrpcCredentials() const {
  return rpc::MakeServerCredentials(grpc_certificates_, access_.get());
}

std::vector<http::Route> Ports::Guard(std::vector<http::Route> pages) const {
  if (pages_ == Pages::kNone) return {};
  if (pages_ == Pages::kOpen) return pages;
  for (http::Route& page : pages) {
    page.handler = [access = access_.get(), path = page.path,
                    handler = std::move(page.handler)](const http::Request& request) {
      const auto sent = request.headers.find("authorization");
      std::optional<std::string_view> authorization;
      if (sent != request.headers.end()) authorization = sent->second;
      const absl::Status status = access->CheckScope(Scope::kRead, path, authorization);
      return status.ok() ? handler(request) : Refuse(status);
    };
  }
  return pages;
}

std::vector<std::string> Ports::Warnings() const {
  std::vector<std::string> warnings;
  if (access_ != nullptr || !grpc_certificates_.authorities.empty()) return warnings;
  const bool together = grpc_listen_ == admin_listen_;
  const auto warn = [&](std::string_view key, const std::string& listen, std::string_view what) {
    if (IsLoopback(listen)) return;
    warnings.push_back(
        fmt::format("whoever reaches {} {} may {}{}; set {}grpc.tokens, or let "
                    "nobody else reach it",
                    key, listen, what, grpc_has_tls() ? "" : ", in plain text",
                    grpc_has_tls() ? "" : "grpc.tls and "));
  };
  constexpr std::string_view kAll = "submit, withdraw and stop all";
  warn("grpc.listen", grpc_listen_, together ? kAll : "read the feed and what became of pages");
  if (!together) warn("grpc.admin_listen", admin_listen_, kAll);
  return warnings;
}

}  // namespace sluice::cli
