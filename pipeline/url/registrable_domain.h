#pragma once

#include <string>
#include <string_view>

namespace sluice::url {

// The public suffix of `host` and one label more (bbc.co.uk of news.bbc.co.uk), by the Public
// Suffix List built into libpsl, private section included. An address, a public suffix itself or a
// name of one label is its own. `host` is as Url::host() gives it.
std::string RegistrableDomain(std::string_view host);

// Equal registrable domains: what a redirect may not leave.
bool SameSite(std::string_view host, std::string_view other);

}  // namespace sluice::url
