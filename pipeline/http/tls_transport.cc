#include "pipeline/http/tls_transport.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace sluice::http {
namespace {

int SocketOf(BIO* bio) { return static_cast<Transport*>(BIO_get_data(bio))->socket(); }

int Finish(BIO* bio, ssize_t bytes, int retry_flag) {
  BIO_clear_retry_flags(bio);
  if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) {
    BIO_set_flags(bio, retry_flag | BIO_FLAGS_SHOULD_RETRY);
  }
  return static_cast<int>(bytes);
}

// OpenSSL's own would block, and end the process by SIGPIPE where the client has gone.
BIO_METHOD* SocketMethod() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_read(made, [](BIO* bio, char* data, int size) {
      const ssize_t got = recv(SocketOf(bio), data, static_cast<size_t>(size), MSG_DONTWAIT);
      return Finish(bio, got, BIO_FLAGS_READ);
    });
    BIO_meth_set_write(made, [](BIO* bio, const char* data, int size) {
      const ssize_t sent =
          send(SocketOf(bio), data, static_cast<size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
      return Finish(bio, sent, BIO_FLAGS_WRITE);
    });
    BIO_meth_set_ctrl(made, [](BIO*, int command, long, void*) -> long {
      return command == BIO_CTRL_FLUSH ? 1 : 0;
    });
    return made;
  }();
  return method;
}

int Clamped(size_t size) {
  return static_cast<int>(std::min<size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

TlsTransport::TlsTransport(int socket, SSL_CTX& context)
    : Transport(socket), ssl_(SSL_new(&context)) {
  BIO* const bio = BIO_new(SocketMethod());
  BIO_set_data(bio, static_cast<Transport*>(this));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

Transport::Attempt TlsTransport::Receive(char* data, size_t size) {
  ERR_clear_error();
  const int result = SSL_read(ssl_.get(), data, Clamped(size));
  return result > 0 ? Attempt{.bytes = result} : Explain(result);
}

Transport::Attempt TlsTransport::Send(const char* data, size_t size) {
  ERR_clear_error();
  const int result = SSL_write(ssl_.get(), data, Clamped(size));
  return result > 0 ? Attempt{.bytes = result} : Explain(result);
}

// So that the client can tell the end from a cut.
void TlsTransport::End() {
  if (SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
  ERR_clear_error();
  Transport::End();
}

Transport::Attempt TlsTransport::Explain(int result) const {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {.bytes = -1, .wait_for = POLLIN};
    case SSL_ERROR_WANT_WRITE:
      return {.bytes = -1, .wait_for = POLLOUT};
    case SSL_ERROR_ZERO_RETURN:
      return {.bytes = 0};
    default:
      return {.bytes = -1};
  }
}

}  // namespace sluice::http
