#pragma once

#include <string>
#include <string_view>

namespace sluice::http {

// Whether gzip is among what an Accept-Encoding allows: RFC 9110, 12.5.3. Empty, or not understood:
// it is not.
bool AcceptsGzip(std::string_view accept_encoding);

// One gzip member.
std::string Gzip(std::string_view text);

}  // namespace sluice::http
