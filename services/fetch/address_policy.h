#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pipeline/url/ip_address.h"
#include "pipeline/url/url.h"

namespace sluice::fetch {

// Which URLs and addresses the crawler may touch: the guard against requests that a hostile page,
// feed or resolver steers into our own network. Pure; any thread. To be asked at every hop:
// CheckUrl before the look-up, CheckPort and CheckAddress for the very address that is connected to
// (names can answer otherwise the second time).
class AddressPolicy {
 public:
  struct Options {
    // Networks in CIDR form ("127.0.0.0/8", "fd00::/8") that may be reached although they are
    // special. For tests and intranets.
    std::vector<std::string> allowed_networks;
  };

  // kInvalidArgument: a network is no CIDR; the message names it.
  static absl::StatusOr<AddressPolicy> Create(const Options& options);

  // kPermissionDenied: not http(s), with credentials, to a port of the Fetch standard's bad ports,
  // to a localhost name (RFC 6761) or to a special address written in any of the URL forms. Final:
  // the URL is not fetched and not retried.
  absl::Status CheckUrl(const url::Url& url) const;

  // kPermissionDenied: one of the Fetch standard's bad ports.
  static absl::Status CheckPort(uint16_t port);

  // kPermissionDenied: special-purpose by the IANA registries (RFC 6890 and later), multicast,
  // withdrawn, a platform address of a cloud, or an IPv6 address that carries such an IPv4 address
  // (mapped, NAT64) or any (compatible, 6to4, Teredo).
  absl::Status CheckAddress(const url::IpAddress& address) const;

  // Those of a resolver's answers that may be connected to, in order.
  // kPermissionDenied: none of them.  kNotFound: there were no answers.
  absl::StatusOr<std::vector<url::IpAddress>> Connectable(
      absl::Span<const url::IpAddress> answers) const;

 private:
  struct Network {
    url::IpAddress prefix;
    int length = 0;
  };

  bool IsAllowed(const url::IpAddress& address) const;

  std::vector<Network> allowed_;
};

}  // namespace sluice::fetch
