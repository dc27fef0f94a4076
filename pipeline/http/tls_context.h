#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "pipeline/security/certificate_files.h"

namespace sluice::http {

// What TLS 1.2 and 1.3 connections are served with, from files that may be replaced. Any thread.
class TlsContext {
 public:
  // kInvalidArgument: the files cannot be used; the message begins with `setting`.
  static absl::StatusOr<std::unique_ptr<TlsContext>> Create(const security::CertificateFiles& files,
                                                            std::string_view setting);

  // By the files as they were at most files.refresh ago. Where those could not be used: as before.
  // Shared with the connections that began with it, which may outlast it.
  std::shared_ptr<SSL_CTX> Current();

 private:
  TlsContext(security::CertificateFiles files, std::shared_ptr<SSL_CTX> context);

  const security::CertificateFiles files_;
  absl::Mutex mutex_;
  absl::Time read_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<SSL_CTX> context_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sluice::http
