#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "pipeline/security/access.h"
#include "pipeline/security/certificate_files.h"

namespace sluice::rpc {

// What a server asks of those who call.
//
// With `certificates.certificate` connections are TLS 1.2 or 1.3; with `certificates.authorities`
// clients must show a certificate of theirs. The files are watched, and new connections are served
// with what is there: certificate and key are replaced at once, as Kubernetes does. While what is
// there cannot be used (security::CheckCertificateFiles) no new connection comes about.
//
// With `access` it decides on every call, of methods that nobody hosts too, before a handler sees
// it; it outlives the server. Without certificates only connections from this machine are taken
// then, since others could read the tokens.
//
// Without any of them: plain text, for everybody.
std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(
    const security::CertificateFiles& certificates, const security::Access* access);

}  // namespace sluice::rpc
