#pragma once

#include <string>
#include <string_view>

namespace sluice::support {

// A TCP client of a port of this machine that sends what it is told, and takes what it is told to:
// one that is slow, silent or rude. Gives up after 20 s.
class RawClient {
 public:
  explicit RawClient(int port, std::string_view bytes = {});
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False: the server has broken the connection, or takes nothing.
  bool Send(std::string_view bytes) const;
  // Some bytes; empty: there are no more.
  std::string Receive() const;
  // Until the server ends the connection.
  std::string ReceiveAll() const;
  // Whether the server ends the connection without an answer.
  bool IsClosed() const;

 private:
  const int socket_;
};

}  // namespace sluice::support
