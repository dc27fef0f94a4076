#include "pipeline/http/transport.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace sluice::http {
namespace {

// Until it is not interrupted; `move` is recv or send.
template <typename Move>
Transport::Attempt Try(Move move, short wait_for) {
  ssize_t moved = 0;
  do {
    moved = move();
  } while (moved < 0 && errno == EINTR);
  const bool later = moved < 0 && errno == EAGAIN;
  return {.bytes = moved, .wait_for = later ? wait_for : short{0}};
}

}  // namespace

Transport::~Transport() {
  shutdown(socket_, SHUT_RDWR);
  close(socket_);
}

Transport::Attempt Transport::Receive(char* data, size_t size) {
  return Try([&] { return recv(socket_, data, size, MSG_DONTWAIT); }, POLLIN);
}

void Transport::End() { shutdown(socket_, SHUT_WR); }

// The kernel copies nothing.
Transport::Attempt Transport::Discard(size_t size) {
  return Try([&] { return recv(socket_, nullptr, size, MSG_DONTWAIT | MSG_TRUNC); }, POLLIN);
}

Transport::Attempt Transport::Send(const char* data, size_t size) {
  return Try([&] { return send(socket_, data, size, MSG_DONTWAIT | MSG_NOSIGNAL); }, POLLOUT);
}

}  // namespace sluice::http
