#include "pipeline/base/listen_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/numbers.h"
#include "pipeline/base/strings.h"

namespace sluice::base {
namespace {

absl::Status Malformed(std::string_view text, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format(
      "\"{}\" is not an address to listen at: {}; write HOST:PORT, such as 127.0.0.1:7070 or "
      "[::]:7070 (port 0: any free one)",
      text, why));
}

// 0, or the errno of the attempt.
int TryBind(const addrinfo& candidate) {
  const int fd = socket(candidate.ai_family, candidate.ai_socktype | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  int error = 0;
  if (bind(fd, candidate.ai_addr, candidate.ai_addrlen) != 0 || listen(fd, 1) != 0) error = errno;
  close(fd);
  return error;
}

}  // namespace

std::string ListenAddress::ToString() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

bool ListenAddress::IsLoopback() const {
  in_addr v4 = {};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == IN_LOOPBACKNET;
  in6_addr v6 = {};
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return host == "localhost";
}

absl::StatusOr<ListenAddress> ParseListenAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Malformed(text, "there is no port");
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return Malformed(text, "an IPv6 address stands in brackets");
  }
  if (host.empty()) return Malformed(text, "there is no host");
  uint32_t port = 0;
  const std::string_view digits = text.substr(colon + 1);
  if (!absl::SimpleAtoi(ToAbsl(digits), &port) || port > 65535) {
    return Malformed(text, fmt::format("\"{}\" is not a port from 0 to 65535", digits));
  }
  return ListenAddress{std::string(host), static_cast<uint16_t>(port)};
}

absl::Status WhyNotListening(const ListenAddress& address, std::string_view setting) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* candidates = nullptr;
  const std::string where = address.ToString();
  if (const int error = getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(),
                                    &hints, &candidates);
      error != 0) {
    return absl::InvalidArgumentError(
        fmt::format("cannot listen at {}: {}; set {} to an address of this machine", where,
                    gai_strerror(error), setting));
  }
  int error = 0;
  for (const addrinfo* c = candidates; c != nullptr && error == 0; c = c->ai_next) {
    error = TryBind(*c);
  }
  freeaddrinfo(candidates);
  switch (error) {
    case EADDRINUSE:
      return absl::AlreadyExistsError(fmt::format(
          "cannot listen at {}: another program listens there; stop it, or set {} to another port",
          where, setting));
    case EACCES:
      return absl::PermissionDeniedError(
          fmt::format("cannot listen at {}: ports under 1024 need rights that this process lacks; "
                      "set {} to a port from 1024 on",
                      where, setting));
    case EADDRNOTAVAIL:
      return absl::InvalidArgumentError(
          fmt::format("cannot listen at {}: no interface of this machine has that address; set {} "
                      "to one that it has, or to 0.0.0.0:{}",
                      where, setting, address.port));
    case 0:
      return absl::UnavailableError(
          fmt::format("could not listen at {}, though it is free now; try again", where));
    default:
      return absl::UnavailableError(
          fmt::format("cannot listen at {}: {}; set {}", where, std::strerror(error), setting));
  }
}

}  // namespace sluice::base
