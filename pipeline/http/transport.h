#pragma once

#include <sys/types.h>

#include <cstddef>

namespace sluice::http {

// The bytes of one connection, moved without waiting: plain text. Has the socket, which ends with
// it. One thread at a time.
class Transport {
 public:
  // What came of one attempt.
  struct Attempt {
    ssize_t bytes = 0;   // 0: the client has ended. Negative: none were moved,
    short wait_for = 0;  // and it may be tried again on POLLIN or POLLOUT; 0: it is broken.
  };

  explicit Transport(int socket) : socket_(socket) {}
  virtual ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  virtual Attempt Receive(char* data, size_t size);
  virtual Attempt Send(const char* data, size_t size);
  // Tells the client that nothing more comes. Only Discard may follow.
  virtual void End();
  // Receives up to `size` bytes for nobody.
  Attempt Discard(size_t size);
  int socket() const { return socket_; }

 private:
  const int socket_;
};

}  // namespace sluice::http
