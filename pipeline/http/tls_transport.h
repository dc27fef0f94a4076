#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "pipeline/http/transport.h"

namespace sluice::http {

// The same over TLS. The first attempts shake hands.
class TlsTransport final : public Transport {
 public:
  TlsTransport(int socket, SSL_CTX& context);

  Attempt Receive(char* data, size_t size) override;
  Attempt Send(const char* data, size_t size) override;
  void End() override;

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  Attempt Explain(int result) const;

  const std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace sluice::http
