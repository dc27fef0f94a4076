#include "pipeline/http/tls_context.h"

#include <openssl/err.h>

#include <utility>

#include "absl/time/clock.h"
#include "pipeline/base/strings.h"

namespace sluice::http {
namespace {

// nullptr: the files cannot be used.
std::shared_ptr<SSL_CTX> Read(const security::CertificateFiles& files) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (context == nullptr) return nullptr;
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Nobody is there to be asked for a password.
  SSL_CTX_set_default_passwd_cb(context.get(), [](char*, int, int, void*) { return -1; });
  const bool usable =
      SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) == 1 &&
      SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) == 1 &&
      SSL_CTX_check_private_key(context.get()) == 1;
  ERR_clear_error();
  return usable ? context : nullptr;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsContext>> TlsContext::Create(
    const security::CertificateFiles& files, std::string_view setting) {
  if (absl::Status status = security::CheckCertificateFiles(files, setting); !status.ok())
    return status;
  std::shared_ptr<SSL_CTX> context = Read(files);
  if (context == nullptr) {
    return absl::InvalidArgumentError(
        fmt::format("{}: {} and {} cannot be used for TLS; is the chain whole, and the key of at "
                    "least 2048 bits (RSA) or 256 (EC)?",
                    setting, files.certificate, files.key));
  }
  return std::unique_ptr<TlsContext>(new TlsContext(files, std::move(context)));
}

TlsContext::TlsContext(security::CertificateFiles files, std::shared_ptr<SSL_CTX> context)
    : files_(std::move(files)), read_(absl::Now()), context_(std::move(context)) {}

std::shared_ptr<SSL_CTX> TlsContext::Current() {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = absl::Now();
  if (now - read_ >= files_.refresh || now < read_) {
    read_ = now;
    if (std::shared_ptr<SSL_CTX> context = Read(files_); context != nullptr)
      context_ = std::move(context);
  }
  return context_;
}

}  // namespace sluice::http
