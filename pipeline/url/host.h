#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "pipeline/url/ip_address.h"

namespace sluice::url {

// A URL's host. (WHATWG URL §3)
struct Host {
  std::string text;  // Serialized: a lower-case ASCII domain, 192.0.2.1, [2001:db8::1], or opaque.
                     // May be empty.
  std::optional<IpAddress>
      address;  // Where the host is one, in whatever number form it was written.
};

// `special`: of http, https, ws, wss, ftp or file, whose hosts are domains or addresses; others'
// are opaque. kInvalidArgument: the standard's host parser fails.
absl::StatusOr<Host> ParseHost(std::string_view input, bool special);

}  // namespace sluice::url
