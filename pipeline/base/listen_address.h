#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sluice::base {

// Where a server listens.
struct ListenAddress {
  std::string host;   // A name or an address, IPv6 without its brackets.
  uint16_t port = 0;  // 0: any free one.

  std::string ToString() const;  // HOST:PORT, IPv6 in brackets.
  bool IsLoopback() const;       // 127.0.0.0/8, ::1 or localhost.
};

// Reads HOST:PORT or [IPV6]:PORT. kInvalidArgument: the message shows `text` and the form.
absl::StatusOr<ListenAddress> ParseListenAddress(std::string_view text);

// Why nobody can listen at `address` just now; `setting` is what the operator would change. For a
// server library that only says that it failed. Binds for a moment, and closes again.
//   kAlreadyExists: in use. kPermissionDenied: a port that needs rights. kInvalidArgument: the host
//   is not one of this machine. kUnavailable: none of these; it may work now.
absl::Status WhyNotListening(const ListenAddress& address, std::string_view setting);

}  // namespace sluice::base
