#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace sluice::url {

// The ASCII form of a domain, as the WHATWG URL standard's "domain to ASCII" (not strict) gives it.
// An ASCII domain is only lowered, for that is what the web expects of ill-formed xn-- labels; any
// other goes through UTS 46 with the Bidi and joiner rules. kInvalidArgument: no valid domain name.
// Any thread.
absl::StatusOr<std::string> DomainToAscii(std::string_view utf8_domain);

}  // namespace sluice::url
